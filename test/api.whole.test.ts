// The store as a whole: recovery and its phases, checkpoints, compaction, backup, figures, events.
import { join } from 'node:path';
import test from 'ava';
import { open } from '../src/index.js';
import { start } from './support/programs.js';
import { collect, eachBackend, failsWith, freshDirectory, smallStore } from './support/stores.js';

const operations = (count: number, size = 100) =>
  Array.from({ length: count }, (_, i) => ({ type: 'put' as const, key: `k${i}`, value: Buffer.alloc(size, i & 255) }));

eachBackend('whatever recovery may use, it finds the same', async (t, { open: reopen }) => {
  const first = await reopen();
  await first.batch(operations(4000));
  await first.checkpoint();
  await first.batch([
    { type: 'del', key: 'k0' },
    { type: 'put', key: 'k1', value: Buffer.from('later') },
  ]);
  await first.close();
  for (const use of ['fast', 'standard', 'log'] as const) {
    const store = await reopen({ recovery: { use } });
    t.is(store.getSync('k0'), undefined, use);
    t.is(store.getSync('k1')?.toString(), 'later', use);
    t.is((await collect(store.keys())).length, 3999, use);
    await store.close();
  }
});

eachBackend('the phases of a recovery can be awaited, and progress ends at 1', async (t, { open: reopen }) => {
  const first = await reopen();
  await first.batch(operations(4000));
  await first.checkpoint();
  await first.close();
  const store = await reopen();
  await store.recovery.open;
  t.true(store.recovery.progress >= 0 && store.recovery.progress <= 1);
  t.true(store.recovery.estimateMs >= 0);
  await store.recovery.hot;
  await store.recovery.full;
  t.deepEqual([store.recovery.phase, store.recovery.progress], ['full', 1]);
  t.is(store.recovery.report().phase, 'full');
});

eachBackend('waiting for a recovery that is cut short by close() ends', async (t, { open: reopen }) => {
  const first = await reopen();
  await first.batch(operations(4000));
  await first.close();
  const store = await reopen({ recovery: { use: 'log' } });
  const full = store.recovery.full.then(
    () => 'full',
    (error: { code: string }) => error.code,
  );
  await store.close();
  t.true(['full', 'FORESHARD_CLOSED'].includes(await full));
});

eachBackend('a backup is a store of its own, also while writes go on', async (t, { directory, io, open: reopen }) => {
  const store = await reopen();
  await store.batch(operations(3000));
  const [early, late] = [join(directory, 'early'), join(directory, 'late')];
  await Promise.all([store.backup(early), store.put('later', Buffer.from('x'))]);
  await store.backup(late);
  await store.batch([{ type: 'del', key: 'k0' }]);
  await store.backup(late);

  const copy = await open(early, { ...smallStore, io, createIfMissing: false });
  t.true(copy.hasSync('k0'));
  t.true((await collect(copy.keys())).length >= 3000);
  await copy.put('own', Buffer.from('x'));
  await copy.close();
  t.false(store.hasSync('own'));
  await failsWith(t, 'FORESHARD_EXISTS', store.backup(early));

  const second = await open(late, { ...smallStore, io, createIfMissing: false });
  t.deepEqual([second.hasSync('k0'), second.hasSync('k1'), second.hasSync('later')], [false, true, true]);
  await second.close();
});

eachBackend('compaction gives space back and loses nothing', async (t, { open: reopen }) => {
  const store = await reopen();
  for (let round = 0; round < 12; round++) await store.batch(operations(1500, 500));
  const disk = () => (store.stats() as { disk: { data: number } }).disk.data;
  const before = disk();
  await store.compact(0.1);
  t.true(disk() < before / 3, `${before} before, ${disk()} after`);
  t.is((await collect(store.entries())).length, 1500);
  t.deepEqual(
    (await store.getMany(['k7', 'k1499'])).map((value) => value![0]),
    [7, 1499 & 255],
  );
});

eachBackend('a store that is overwritten faster than the rate limit of compaction does not grow without bound', async (t, { open: reopen }) => {
  const store = await reopen({ backgroundBytesPerSecond: 2 ** 20 });
  const disk = () => (store.stats() as { disk: { data: number } }).disk.data;
  await store.batch(operations(1500, 2000));
  let most = 0;
  for (let round = 0; round < 30; round++) {
    await store.batch(operations(1500, 2000));
    most = Math.max(most, disk());
  }
  t.true(most < 45 * 2 ** 20, `${most} bytes for 3 MB, overwritten 30 times`);
});

eachBackend('a store larger than its memory gives all values, also from disk', async (t, { open: reopen }) => {
  const store = await reopen();
  const count = 12_000;
  for (let from = 0; from < count; from += 1000) {
    await store.batch(
      Array.from({ length: 1000 }, (_, i) => ({
        type: 'put',
        key: `k${from + i}`,
        value: Buffer.alloc(3000, from + i),
      })),
    );
  }
  const keys = Array.from({ length: count }, (_, i) => `k${i}`);
  const right = (values: (Buffer | undefined)[]) =>
    values.every((value, i) => value?.length === 3000 && value[2999] === (i & 255));
  t.true(right(await store.getMany(keys)), 'getMany');
  t.true(right(await Promise.all(keys.map((key) => store.get(key)))), 'get');
  t.true(right(keys.map((key) => store.getSync(key))), 'getSync');
  const { work } = store.stats() as { work: { misses: number } };
  t.true(work.misses > 0, 'some came from disk');
});

eachBackend('bad arguments of the rest are refused', async (t, { open: reopen }) => {
  const store = await reopen();
  for (const directory of ['', 5, null, undefined])
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.backup(directory as string));
  for (const share of [-0.1, 1, '0.5', NaN])
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.compact(share as number));
  for (const keys of ['key', null, 5, new Set(['key'])])
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.getMany(keys as never));
});

eachBackend('getMany gives values in the order of the keys, with repeats and gaps', async (t, { open: reopen }) => {
  const store = await reopen();
  await store.batch(operations(100));
  await store.put('large', Buffer.alloc(50_000, 9));
  const values = await store.getMany(['k5', 'nothing', 'large', 'k5', 'k6', 'large']);
  t.deepEqual(
    values.map((value) => value?.[0]),
    [5, undefined, 9, 5, 6, 9],
  );
  t.deepEqual(await store.getMany([]), []);
});

test('a listener that throws keeps nobody else from hearing', async (t) => {
  const { code, output } = await start('program-listener').ended;
  t.deepEqual([code, output], [0, 'second 1\nonce 1\nuncaught from a listener\nuncaught from a listener\n']);
});

test('errors say what happened, what to do, and about what', async (t) => {
  const error = await failsWith(t, 'FORESHARD_BAD_KEY', (await open(freshDirectory(), smallStore)).get(5 as never));
  t.is(error.name, 'ForeshardError');
  t.regex(error.message, /^a key must be a string or a Uint8Array, got the number 5\. A key must be .*Shorten it/);
  t.deepEqual(error.context, { key: 5 });
});
