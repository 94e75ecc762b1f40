// One owner: a second opener is refused, whoever it is; the next one after a kill is not.
import { once } from 'node:events';
import { eachBackend, failsWith, smallStore } from './support/stores.js';
import { start, startWorker } from './support/programs.js';
import { open } from '../src/index.js';

eachBackend('a second handle in the same process is refused', async (t, { directory, io, open: reopen }) => {
  const store = await reopen();
  const error = await failsWith(t, 'FORESHARD_LOCKED', open(directory, { ...smallStore, io }));
  t.is(error.context.directory, directory);
  await store.close();
  await (await reopen()).close();
});

eachBackend('a second opener in a worker is refused', async (t, { directory, io, open: reopen }) => {
  await reopen();
  const worker = startWorker('program-hold', [directory, 'open', io]);
  t.deepEqual(await once(worker, 'message'), ['refused FORESHARD_LOCKED']);
  await worker.terminate();
});

eachBackend('a second opener in another process is refused', async (t, { directory, io, open: reopen }) => {
  const holder = start('program-hold', directory, 'open', io);
  await holder.said('opened');
  await failsWith(t, 'FORESHARD_LOCKED', reopen());
  holder.process.kill('SIGKILL');
  await holder.ended;
  await reopen();
});

eachBackend(
  'what was acknowledged before SIGKILL is there after a restart at once',
  async (t, { directory, io, open: reopen }) => {
    for (let round = 0; round < 3; round++) {
      const writer = start('program-hold', directory, 'write', io);
      await writer.said(`acknowledged ${5 + round * 20}`);
      writer.process.kill('SIGKILL');
      const opening = reopen(); // does not wait for the process to be gone
      const { output } = await writer.ended;
      const store = await opening;
      const last = Math.max(...[...output.matchAll(/acknowledged (\d+)\n/g)].map(([, number]) => Number(number)));
      const keys = Array.from({ length: (last + 1) * 50 }, (_, i) => `k${Math.floor(i / 50)}-${i % 50}`);
      const values = await store.getMany(keys);
      t.deepEqual(
        values.filter((value, i) => value?.length !== 100 || value[0] !== (Math.floor(i / 50) & 255)).length,
        0,
      );
      await store.close();
    }
  },
);
