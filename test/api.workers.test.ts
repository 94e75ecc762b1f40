// Several threads load the addon: each has stores of its own, and one that is terminated disturbs no other.
import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { eachBackend, sleep } from './support/stores.js';
import { startWorker } from './support/programs.js';

async function heard(worker: Worker, text: string): Promise<void> {
  for (;;) {
    const [message] = (await once(worker, 'message')) as [string];
    if (message === text) return;
  }
}

eachBackend(
  'a worker that is terminated with writes under way disturbs no other store',
  async (t, { directory, io, open }) => {
    const mine = await open();
    const at = (i: number) => join(directory, `worker-${i}`);
    const workers = [0, 1, 2].map((i) => startWorker('program-hold', [at(i), 'write', io]));
    await Promise.all(workers.map((worker) => heard(worker, 'acknowledged 3')));
    await workers[1]!.terminate();
    await Promise.all([0, 2].map((i) => heard(workers[i]!, 'acknowledged 40')));
    await mine.put('key', Buffer.from('value'));
    t.is(mine.getSync('key')?.toString(), 'value');
    const again = startWorker('program-hold', [at(1), 'open', io]);
    t.deepEqual(await once(again, 'message'), ['opened']);
    await Promise.all([workers[0]!, workers[2]!, again].map((worker) => worker.terminate()));
  },
);

eachBackend('workers terminated at any moment leave stores that open again', async (t, { directory, io, open }) => {
  for (let round = 0; round < 12; round++) {
    const worker = startWorker('program-hold', [directory, 'write', io]);
    await Promise.race([heard(worker, 'opened'), sleep(30 + round * 10)]);
    await sleep(round);
    await worker.terminate();
  }
  const store = await open();
  await store.put('key', Buffer.from('value'));
  t.true(store.hasSync('key'));
});
