// The replay of recorded loads over shards: a miniature, and loads that must not make shards restless.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { replay, undoneSplits } from '../bench/shards/replay/replay.js';
import { imbalance, VirtualStore } from '../bench/shards/replay/virtual.js';
import { Random } from './support/random.js';
import { freshDirectory } from './support/stores.js';

const traced = 140_000;
const settings = (directory: string) => ({ directory, shards: 8, windows: 20, scale: 1, say: () => {} });

/** A trace of an hour in which half of the accesses goes to six keys, others in each half: equal slices cannot be even. */
function skewedTrace(random: Random): string {
  const rows = Array.from({ length: traced }, (_, i) => {
    const hot = random.below(2) === 0;
    const key = hot ? `hot${(i < traced / 2 ? 0 : 100) + random.below(6)}` : `key${random.below(5000)}`;
    return `${i * 25},${key},${random.below(4) === 0 ? 'w' : 'r'},100`;
  });
  return ['ts_ms,key,op,size', ...rows].join('\n');
}

test('shards that follow a recorded load are no more even than shards that stay as they are', async (t) => {
  const directory = freshDirectory();
  const file = join(directory, 'trace.csv');
  writeFileSync(file, skewedTrace(new Random(1)));
  const result = await replay(file, settings(directory));
  t.is(result.accesses, traced);
  t.true(result.dynamicRatio - 1 < 0.75 * (result.staticRatio - 1), JSON.stringify(result));
  t.true(result.splits > 0 && result.undone === 0, JSON.stringify(result));
  t.is(result.movedBytes, result.leastBytes);
});

test('a table of rates is not played as it says', async (t) => {
  const directory = freshDirectory();
  const file = join(directory, 'all_clients.csv');
  const rows = Array.from({ length: 20 }, (_, i) => `${i * 600},10,${i % 2},0.5`);
  writeFileSync(file, ['ts,a,b,c', ...rows].join('\n'));
  const result = await replay(file, { ...settings(directory), windows: 10 });
  t.true(Math.abs(result.accesses - 20 * 600 * 11) <= 3, `${result.accesses}`);
});

test('imbalance is counted wrongly', (t) => {
  const accesses = new Map([[0, 6], [5, 2], [10, 4]]);
  t.deepEqual(imbalance(accesses, [0, 10]), { busiest: 8 / 6, floor: 1 });
  t.deepEqual(imbalance(accesses, [0, 1, 2, 10]), { busiest: 2, floor: 2 });
});

const restless = { capacity: { share: 1 / 8 }, hot: 1.05, near: 0.9, maxShards: 12 };

/** Plays a load of an hour: `rateOf` a key at a time, in accesses a second. */
async function hourOf(rateOf: (key: number, second: number) => number): Promise<VirtualStore> {
  const store = await VirtualStore.open(freshDirectory(), { shards: 8, halfLives: [200, 1000, 60_000, 3_600_000], partition: restless });
  const due = new Float64Array(200).fill(0.5);
  for (let second = 0; second < 3600; second++) {
    for (let key = 0; key < due.length; key++)
      for (due[key]! += rateOf(key, second); due[key]! >= 1; due[key]!--) await store.access(`key${key}`, false);
    await store.passTo((second + 1) * 1000);
  }
  await store.close();
  return store;
}

const loads: Record<string, (key: number, second: number) => number> = {
  'a steady load': (key) => 20 / (1 + key),
  'a load that swings every ten seconds': (key, second) => 20 / (1 + ((key + 100 * (Math.floor(second / 10) % 2)) % 200)),
  'a stop of all traffic for 30 s': (key, second) => (second >= 1800 && second < 1830 ? 0 : 20 / (1 + key)),
};

for (const [name, rateOf] of Object.entries(loads))
  test(`${name} makes shards restless`, async (t) => {
    const store = await hourOf(rateOf);
    const merges = store.events.filter(({ type }) => type === 'merge').length;
    const splits = store.events.filter(({ type }) => type === 'split').length;
    t.log(`${splits} splits, ${merges} merges`);
    t.is(undoneSplits(store), 0);
    t.true(merges <= splits + 4, 'a wave of merges');
  });
