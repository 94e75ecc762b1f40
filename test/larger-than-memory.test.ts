// A store of twice its memory limit: it loads, reads, overwrites, compacts and recovers like any other.
import type { Store } from '../src/index.js';
import { eachBackend, freshDirectory } from './support/stores.js';

const memoryLimit = 32 << 20;
/** What is written and not durable cannot leave memory: a batch, and the chunks that it lies in. */
const underWay = 4 << 20;
const count = 35_000;
const options = { memoryLimit, segmentBytes: 4 << 20, tiers: { fastBudget: 8 << 20 } };

/** About 2,000 bytes; few are too large for the slab that reads share. */
const valueOf = (index: number, version: number): Buffer =>
  Buffer.alloc(index % 500 === 7 ? 100_000 : 1800 + (index % 200), `${version} of ${index};`);

const keyOf = (index: number): string => `key ${index}`;
const indexes = Array.from({ length: count }, (_, index) => index);

function* groups(of: readonly number[], size = 500): Generator<number[]> {
  for (let at = 0; at < of.length; at += size) yield of.slice(at, at + size);
}

async function write(store: Store, of: readonly number[], version: number): Promise<void> {
  for (const group of groups(of)) {
    await store.batch(group.map((index) => ({ type: 'put', key: keyOf(index), value: valueOf(index, version) }) as const));
  }
}

/** Indexes whose value is not that of the version. */
async function wrong(store: Store, versionOf: (index: number) => number): Promise<number[]> {
  const found: number[] = [];
  for (const group of groups(indexes)) {
    const values = await store.getMany(group.map(keyOf));
    found.push(...group.filter((index, at) => !values[at]?.equals(valueOf(index, versionOf(index)))));
  }
  return found;
}

/** What records take in memory, against the limit. */
function memoryOf(store: Store): { chunks: number; limit: number } {
  const { chunks, limit } = store.stats()['memory'] as { chunks: number; limit: number };
  return { chunks, limit };
}

eachBackend('a store of twice its memory limit gives wrong values or outgrows the limit', async (t, { open }) => {
  t.timeout(180_000);
  const store = await open(options);
  const sizes: number[] = [];
  const look = (of: Store) => sizes.push(memoryOf(of).chunks);
  await write(store, indexes, 1);
  look(store);
  t.deepEqual(await wrong(store, () => 1), [], 'after loading');
  look(store);
  await write(store, indexes.filter((index) => index % 2 === 0), 2);
  look(store);
  const halfNew = (index: number) => (index % 2 === 0 ? 2 : 1);
  t.deepEqual(await wrong(store, halfNew), [], 'after overwriting half');
  await store.compact(0.2);
  look(store);
  t.deepEqual(await wrong(store, halfNew), [], 'after compaction');
  await store.close();

  const again = await open(options);
  t.deepEqual(await wrong(again, halfNew), [], 'while it recovers');
  await again.recovery.full;
  look(again);
  t.deepEqual(await wrong(again, halfNew), [], 'after recovery');
  let entries = 0;
  for await (const _ of again.keys()) entries++;
  t.is(entries, count);
  const most = Math.max(...sizes);
  t.log(`at most ${(most / 2 ** 20).toFixed(1)} MiB of ${memoryLimit / 2 ** 20} for records`);
  t.true(most <= memoryLimit + underWay, `${most} bytes`);
});

eachBackend('a backup of a store larger than memory misses values', async (t, { open }) => {
  t.timeout(120_000);
  const store = await open(options);
  await write(store, indexes, 1);
  const copy = freshDirectory();
  await store.backup(copy);
  await write(store, indexes.slice(0, 1000), 2);
  await store.close();
  const { open: openAt } = await import('../src/index.js');
  const restored = await openAt(copy, options);
  t.deepEqual(await wrong(restored, () => 1), []);
  await restored.close();
});
