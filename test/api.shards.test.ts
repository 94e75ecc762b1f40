// Splits and merges while a store is used.
import test from 'ava';
import { open, type StoreEvents } from '../src/index.js';
import { Random, seed } from './support/random.js';
import { collect, eachBackend, failsWith, freshDirectory, smallStore } from './support/stores.js';

eachBackend('splits and merges lose, double and reorder nothing under load', async (t, { open: reopen }) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  let store = await reopen({ partition: false });
  const model = new Map<string, string>();
  const writes: Promise<unknown>[] = [];
  let changed = 0;
  for (let i = 0; i < 6000; i++) {
    const key = `k${random.below(700)}`;
    if (random.below(5) === 0) {
      model.delete(key);
      writes.push(store.del(key));
    } else {
      model.set(key, `v${i}`);
      writes.push(store.put(key, Buffer.from(`v${i}`)));
    }
    const read = `k${random.below(700)}`;
    t.is(store.getSync(read)?.toString(), model.get(read), read);
    if (random.below(40) === 0) {
      const shards = store.shards.list();
      const { id, from, to } = shards[random.below(shards.length)]!;
      const at = from + Math.round(random.below(1000) * (to - from) * 65.536) / 65_536;
      const change = shards.length > 10 && from > 0 ? store.shards.merge(id) : store.shards.split(id, { at });
      writes.push(change.then(() => changed++, () => undefined));
    }
    if (i % 50 === 0) await Promise.all(writes.splice(0));
    if (i % 1500 === 1499) {
      await store.close();
      store = await reopen({ partition: false });
    }
  }
  await Promise.all(writes);
  t.true(changed > 20, `${changed} changes`);
  const found = new Map((await collect(store.entries())).map(([key, value]) => [key, value.toString()]));
  t.deepEqual([...found].toSorted(), [...model].toSorted());
});

eachBackend('shards are there again when the store is opened again, with their ids and epochs', async (t, { open: reopen }) => {
  const first = await reopen({ partition: false, shards: 2 });
  await first.shards.split(0, { at: 0.125 });
  await first.shards.split(1, { at: 0.75 });
  await first.shards.merge(1);
  const list = first.shards.list();
  t.is(list.length, 3);
  t.is(list[0]!.from, 0);
  t.is(list.at(-1)!.to, 1);
  await first.close();
  const second = await reopen({ partition: false });
  t.deepEqual(second.shards.list(), list);
});

test('a split tells what it did, and keys of other shards stay where they are', async (t) => {
  const store = await open(freshDirectory(), { ...smallStore, partition: false });
  t.teardown(() => store.close());
  await store.batch(Array.from({ length: 2000 }, (_, i) => ({ type: 'put' as const, key: `k${i}`, value: Buffer.alloc(50) })));
  const before = new Map(Array.from({ length: 2000 }, (_, i) => [`k${i}`, store.shards.of(`k${i}`)]));
  const told = new Promise<StoreEvents['split']>((resolve) => void store.once('split', resolve));
  const victim = store.shards.list()[1]!;
  await store.shards.split(victim.id);
  const event = await told;
  t.deepEqual(event.before, [victim]);
  t.deepEqual(event.after, store.shards.list().slice(1, 3));
  t.is(event.at, event.after[1]!.from);
  t.true(event.pauseUs >= 0 && event.movedBytes <= event.keptBytes && event.movedBytes > 0);
  t.is(event.shards, store.shards.list().length);
  const ids = new Set(event.after.map(({ id }) => id));
  for (const [key, shard] of before) {
    const now = store.shards.of(key);
    t.true(shard === victim.id ? ids.has(now) : now === shard, key);
  }
  t.deepEqual((store.stats().resharding as { splits: number }).splits, 1);
});

test('changes of shards that cannot be are refused by name', async (t) => {
  const store = await open(freshDirectory(), { ...smallStore, partition: false, shards: 2 });
  await failsWith(t, 'FORESHARD_NOT_FOUND', store.shards.split(99), 'no such shard');
  for (const at of [0, 0.5, 0.7, -1, NaN, 1 / 3, '0.1', 2 ** -20])
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.shards.split(0, { at: at as never }), `at ${at}`);
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.shards.merge(0), 'the first has no lower neighbour');
  t.throws(() => store.shards.of(''), { code: 'FORESHARD_BAD_KEY' });
  await store.shards.merge(1);
  t.is(store.shards.list().length, 1);
  await store.close();
  await failsWith(t, 'FORESHARD_CLOSED', store.shards.split(0), 'closed');
});

test('a bad policy is refused by the name of its option', async (t) => {
  const bad: [object, string][] = [
    [{ hot: 1 }, 'partition.hot'],
    [{ near: 2 }, 'partition.near'],
    [{ capacity: { share: 0 } }, 'partition.capacity.share'],
    [{ capacity: 5 }, 'partition.capacity'],
    [{ maxShards: 0 }, 'partition.maxShards'],
    [{ minShards: 9, maxShards: 8 }, 'partition.minShards'],
    [{ warm: true }, 'partition.warm'],
    [{ dryRun: 1 }, 'partition.dryRun'],
  ];
  for (const [partition, option] of bad) {
    const error = await failsWith(t, 'FORESHARD_BAD_OPTION', open(freshDirectory(), { partition } as never), option);
    t.is(error.context.option, option);
  }
  for (const heatHalfLives of [[1, 2, 3, 4], [1000, 500, 60_000, 3_600_000], [200, 1000], 'x', null])
    await failsWith(t, 'FORESHARD_BAD_OPTION', open(freshDirectory(), { heatHalfLives } as never), String(heatHalfLives));
});
