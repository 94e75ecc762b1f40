// The benchmark of recoveries under recorded loads in miniature: processes are killed, and the next ones count what they find.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { EarlyCounter } from '../bench/predictors/recoveries/early.js';
import { pointsOf, runRecoveries, type RecoveriesSettings } from '../bench/predictors/recoveries/recoveries.js';
import { Replay } from '../bench/predictors/recoveries/replay.js';
import { recoveriesTables } from '../bench/predictors/recoveries/report.js';
import { open } from '../src/index.js';
import { Random } from './support/random.js';
import { freshDirectory } from './support/stores.js';

interface Access {
  readonly key: string;
  readonly op: 'r' | 'w';
  readonly size: number;
}

function traceFile(accesses: readonly Access[]): string {
  const file = join(freshDirectory(), 'made.csv');
  writeFileSync(file, ['ts_ms,key,op,size', ...accesses.map(({ key, op, size }, at) => `${at},${key},${op},${size}`)].join('\n'));
  return file;
}

/** Half of the accesses go to a few keys. */
const madeTrace = (random: Random, length: number): Access[] =>
  Array.from({ length }, () => ({
    key: `k${random.below(2) === 0 ? random.below(50) : random.below(1500)}`,
    op: random.below(4) === 0 ? 'w' : 'r',
    size: random.below(300),
  }));

const replayOf = (accesses: readonly Access[]): Promise<Replay> =>
  Replay.read({ file: traceFile(accesses), accesses: 1e6, bytesMin: 16, bytesMax: 200, seed: 1 });

const settingsOf = (file: string, predictors: readonly string[], say: (text: string) => void): RecoveriesSettings => ({
  directory: freshDirectory(),
  trace: { name: 'made', file, accesses: 4000, bytesMin: 16, bytesMax: 4096, seed: 7 },
  predictors,
  points: 2,
  rate: 20_000,
  fastShare: 0.1,
  memoryLimit: 16 << 20,
  segmentBytes: 1 << 20,
  say,
});

test('a crash of the benchmark is not counted, or reads are that nobody made', async (t) => {
  const said: string[] = [];
  const file = traceFile(madeTrace(new Random(3), 5000));
  const result = await runRecoveries(settingsOf(file, ['none', 'successor'], (text) => said.push(text)));
  t.deepEqual(result.outcomes.map(({ predictor }) => predictor), ['none', 'successor']);
  t.is(said.length, 5);
  t.is(result.accesses, 4000);
  const { points } = result.outcomes[0]!;
  t.deepEqual(points.map(({ at }) => at), [1200, 3800]);
  for (const { first1000, first10000, wrong, rate, imageRecords, early } of points) {
    t.is(wrong, 0);
    t.true(rate > 0);
    for (const { reads, inPlace, byClass, inMemory, fromDisk, ofRestoredKeys, ofReplayedKeys } of [first1000, first10000]) {
      t.is(inMemory + fromDisk, reads);
      t.is(byClass.reduce((a, b) => a + b, 0), ofRestoredKeys);
      t.true(inPlace <= inMemory && inPlace <= ofRestoredKeys && ofRestoredKeys + ofReplayedKeys <= reads);
    }
    t.true(first1000.reads <= 1000 && first1000.reads <= first10000.reads);
    t.true(first10000.reads <= (early as { reads: number }).reads);
    t.true(imageRecords >= 0);
  }
  t.is(points[0]!.first1000.reads, 1000);
  const text = recoveriesTables(result);
  t.false(/NaN|undefined|Infinity/.test(text));
  t.true(text.includes('| none |'));
});

test('a read of a key that is new is asked of the store, or a value is taken for another one', async (t) => {
  const accesses: Access[] = [
    { key: 'a', op: 'r', size: 0 },
    { key: 'a', op: 'r', size: 50 },
    { key: 'b', op: 'w', size: 5000 },
    { key: 'a', op: 'w', size: 100 },
    { key: 'b', op: 'r', size: 1 },
  ];
  const replay = await replayOf(accesses);
  t.deepEqual(accesses.map((_, at) => replay.isPut(at)), [true, false, true, true, false]);
  t.deepEqual(accesses.map((_, at) => replay.isNewRead(at)), [true, false, false, false, false]);
  t.deepEqual([replay.firstOf(0), replay.firstOf(1)], [0, 2]);
  t.deepEqual([0, 2, 3].map((at) => replay.valueAt(at).length), [16, 200, 100]);
  t.deepEqual([0, 2, 3].map((at) => replay.putOf(replay.idAt(at), replay.valueAt(at))), [0, 2, 3]);
  t.is(replay.putOf(1, replay.valueAt(0)), -1, 'of another key');
  t.is(replay.putOf(0, undefined), -1);
  const torn = replay.valueAt(3);
  torn[99]! ^= 1;
  t.is(replay.putOf(0, torn), -1);
  t.is(replay.putOf(0, replay.valueAt(3).subarray(0, 99)), -1);
  t.deepEqual(Array.from(replay.lastPutsBefore(3)), [0, 2]);
  t.is(replay.totals.keys, 2);
  t.not(replay.key(0), replay.key(1));
});

test('what an image has restored is not told from what was read since', async (t) => {
  const directory = freshDirectory();
  const options = { segmentBytes: 1 << 20, memoryLimit: 16 << 20, tiers: { fastBudget: 1 << 20 } };
  const before = await open(directory, options);
  for (let id = 0; id < 100; id++) await before.put(`key ${id}`, Buffer.alloc(100, id));
  await before.close(); // writes the images
  const store = await open(directory, options);
  t.teardown(() => store.close());
  await store.recovery.full;
  const counter = new EarlyCounter(store, 101);
  const read = async (id: number) => {
    const reading = store.get(`key ${id}`);
    counter.note(id, id < 90);
    await reading;
  };
  for (let id = 0; id < 100; id++) await read(id);
  const { reads, inPlace, ofRestoredKeys, inMemory, fromDisk } = counter.first1000;
  t.deepEqual([reads, inPlace, ofRestoredKeys, inMemory, fromDisk], [90, 90, 90, 90, 0]);
  await store.put('key 5', Buffer.alloc(10));
  await read(5);
  t.deepEqual([counter.first1000.inPlace, counter.first1000.ofRestoredKeys, counter.first1000.inMemory], [90, 91, 91]);
  await store.put('key 100', Buffer.alloc(10));
  await read(100);
  t.is(counter.first10000.reads, 91, 'it was not there before');
  t.false(counter.done);
});

test('crashes are not spread over the trace', (t) => {
  t.deepEqual(pointsOf(1000, 5), [300, 462, 625, 787, 950]);
  t.deepEqual(pointsOf(1000, 1), [300]);
});
