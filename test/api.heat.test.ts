// Where the load of a store is: maps by shard and page, hot keys, history.
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { open } from '../src/index.js';
import { eachBackend, failsWith, freshDirectory, smallStore } from './support/stores.js';

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const put = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ type: 'put' as const, key: `k${i}`, value: Buffer.alloc(50) }));

eachBackend('the map tiles the ring, and tells reads, writes and reads of absent keys apart', async (t, { open: reopen }) => {
  const store = await reopen({ partition: false });
  await store.batch(put(2000));
  for (let i = 0; i < 6000; i++) store.getSync(`k${i % 2000}`);
  for (let i = 0; i < 3000; i++) t.is(store.getSync(`absent${i}`), undefined);
  await sleep(20);
  for (const by of ['shard', 'page'] as const) {
    const { slices, halfLives } = store.heat.map({ by });
    t.deepEqual(halfLives, [200, 1000, 60_000, 3_600_000]);
    t.is(slices[0]!.from, 0);
    t.is(slices.at(-1)!.to, 1);
    for (const [i, slice] of slices.entries()) t.is(slice.from, i === 0 ? 0 : slices[i - 1]!.to);
    const hour = (rates: (slice: (typeof slices)[number]) => readonly number[]) => sum(slices.map((slice) => rates(slice)[3]!));
    const readRate = hour(({ reads }) => reads);
    t.true(Math.abs(hour(({ writes }) => writes) / readRate - 1 / 3) < 0.01, by);
    t.true(Math.abs(hour(({ absentReads }) => absentReads) / readRate - 1 / 2) < 0.01, by);
    t.true(Math.abs(hour(({ share }) => share) - 1) < 1e-6, by);
    t.is(sum(slices.map(({ keys }) => keys)), 2000);
    const bytes = sum(slices.map((slice) => slice.bytes));
    t.true(bytes > 2000 * 50 && bytes < 2000 * 110, `${bytes}`);
  }
  t.is(store.heat.map().slices.length, store.shards.list().length);
});

eachBackend('the hottest keys come first, also behind a checkpoint and a restart', async (t, { open: reopen }) => {
  const first = await reopen();
  await first.batch(put(3000));
  for (let i = 0; i < 3000; i++) for (const hot of ['k7', 'k7', 'k9']) first.getSync(hot);
  const before = await first.heat.hotKeys(3);
  t.deepEqual(before.slice(0, 2).map(({ key }) => key), ['k7', 'k9']);
  t.true(before[0]!.accesses > 3000 && before[0]!.accesses < 12_000, `${before[0]!.accesses}`);
  await first.checkpoint();
  await first.close();
  const second = await reopen();
  await second.recovery.full;
  t.deepEqual((await second.heat.hotKeys(2)).map(({ key }) => key), ['k7', 'k9']);
});

test('the history has moments with load, and the splits', async (t) => {
  const store = await open(freshDirectory(), { ...smallStore, partition: false });
  t.teardown(() => store.close());
  await store.batch(put(2000));
  await store.shards.split(0);
  for (let i = 0; i < 60 && store.heat.history().moments.length === 0; i++) {
    store.getSync('k1');
    await sleep(50);
  }
  const { moments, changes } = store.heat.history();
  t.true(moments.length > 0);
  t.is(moments[0]!.rates.length, moments[0]!.from.length);
  t.deepEqual(changes.map(({ type }) => type), ['split']);
});

test('a store that does not track heat has none', async (t) => {
  const store = await open(freshDirectory(), { ...smallStore, trackHeat: false });
  t.teardown(() => store.close());
  await store.batch(put(100));
  for (let i = 0; i < 1000; i++) store.getSync('k1');
  await sleep(150);
  t.true(store.heat.map().slices.every(({ reads, writes }) => sum(reads) + sum(writes) === 0));
});

test('bad arguments of heat are refused', async (t) => {
  const store = await open(freshDirectory(), smallStore);
  for (const by of ['key', 5, null]) t.throws(() => store.heat.map({ by } as never), { code: 'FORESHARD_BAD_OPTION' });
  for (const count of [0, -1, 1.5, 10_001, '5', NaN])
    await failsWith(t, 'FORESHARD_BAD_OPTION', store.heat.hotKeys(count as never), String(count));
  await store.close();
  t.throws(() => store.heat.map(), { code: 'FORESHARD_CLOSED' });
  await failsWith(t, 'FORESHARD_CLOSED', store.heat.hotKeys(), 'closed');
  t.throws(() => store.shards.list(), { code: 'FORESHARD_CLOSED' });
});
