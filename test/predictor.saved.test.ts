// What predictors have learned, as bytes and in files: what comes back is what was saved, or it is refused.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { catalogue, type AccessColumn } from '../src/predictor/index.js';
import { AccessHistory, loadFeatures, Moment, saveFeatures, TrackedKeys } from '../src/predictor/features/index.js';
import { StateFiles } from '../src/predictor/state-files.js';
import { keyOf } from './support/accesses.js';
import { Random, seed } from './support/random.js';
import { failsWith, freshDirectory } from './support/stores.js';

const columns = Object.keys(catalogue.access) as AccessColumn[];
const historyLength = 1024;

class Seen {
  readonly tracked: TrackedKeys;
  readonly history = new AccessHistory(historyLength);

  constructor(capacity = 512) {
    this.tracked = new TrackedKeys(capacity);
  }

  note(random: Random, accesses: number): void {
    for (let i = 0; i < accesses; i++) {
      const key = keyOf(i % 4 === 0 ? i % 60 : Math.floor(300 * (random.below(1000) / 1000) ** 3));
      this.tracked.note(key, this.tracked.nowMs + random.below(60_000), random.below(4) === 0, random.below(5000));
      this.history.note(key);
    }
  }

  /** Accesses were missed. */
  skip(): void {
    this.tracked.skipTo(this.tracked.now + 10);
    this.history.break();
  }

  /** Every feature of every key. */
  features(): Record<string, readonly number[]> {
    const slots = Int32Array.from({ length: this.tracked.size }, (_, slot) => slot);
    const all = new Moment(this.tracked, this.history).columns(columns, slots);
    return Object.fromEntries(Object.entries(all).map(([name, numbers]) => [name, Array.from(numbers)]));
  }
}

function seen(random: Random, accesses = 4000): Seen {
  const one = new Seen();
  one.note(random, accesses);
  one.tracked.noteRestart(Float64Array.from({ length: 50 }, (_, i) => keyOf(3 * i)));
  one.skip();
  one.note(random, 200);
  return one;
}

test('features that were saved and loaded are others, at once or later', async (t) => {
  t.log(`SEED=${seed}`);
  for (const capacity of [512, 600, 4096]) {
    const before = seen(new Random(seed));
    const files = new StateFiles(join(freshDirectory(), 'state'));
    await files.write('features', saveFeatures(before.tracked, before.history));
    const after = new Seen(capacity);
    loadFeatures((await files.read('features'))!, after.tracked, after.history);
    t.deepEqual(after.features(), before.features());
    t.deepEqual(after.history.latest(), before.history.latest());
    t.deepEqual([after.tracked.now, after.tracked.nowMs], [before.tracked.now, before.tracked.nowMs]);
    for (const one of [before, after]) {
      one.skip();
      one.note(new Random(seed + 1), 500);
    }
    t.deepEqual(after.features(), before.features());
  }
});

test('features that are saved when there are none cannot be loaded', (t) => {
  const [before, after] = [new Seen(), new Seen()];
  loadFeatures(saveFeatures(before.tracked, before.history), after.tracked, after.history);
  t.deepEqual([after.tracked.size, after.tracked.now, after.history.latest().length], [0, 0, 0]);
});

test('features that are cut, of another kind or of more keys leave something behind when they are refused', async (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const { tracked, history } = seen(random, 500);
  const bytes = saveFeatures(tracked, history);
  const refused = async (damaged: Uint8Array, into: Seen, what: string) => {
    await failsWith(t, 'FORESHARD_CORRUPT', () => loadFeatures(damaged, into.tracked, into.history), what);
    t.deepEqual([into.tracked.size, into.tracked.now, into.history.latest().length], [0, 0, 0], what);
    t.true(into.tracked.keys.every((key) => key === 0));
  };
  const lengths = [...Array(40).keys(), bytes.length - 1, ...Array.from({ length: 40 }, () => random.below(bytes.length))];
  for (const length of lengths) await refused(bytes.subarray(0, length), new Seen(), `cut to ${length} of ${bytes.length}`);
  await refused(Buffer.concat([bytes, Buffer.alloc(8)]), new Seen(), 'longer');
  await refused(bytes, new Seen(tracked.size - 1), 'more keys than there is room for');
  const head = Buffer.from(bytes).subarray(8).toString('latin1', 0, 60);
  for (const [from, to] of [['"size":', '"size":-'], ['"now":', '"now":-'], ['"arrays":', '"arrayz":'], ['{', '[']] as const) {
    const damaged = Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1');
    damaged.writeUInt32LE(new DataView(bytes.buffer).getUint32(0, true) + to.length - from.length, 0);
    await refused(damaged, new Seen(), `${to} in ${head}`);
  }
});

test('a file of state that was changed, cut, emptied or renamed is taken for whole', async (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const directory = join(freshDirectory(), 'state');
  const files = new StateFiles(directory);
  t.is(await files.read('one'), undefined);
  const content = random.bytes(200);
  await files.write('one', content);
  await files.write('two', random.bytes(200));
  const file = join(directory, 'one');
  const whole = readFileSync(file);
  const refused = async (bytes: Uint8Array, what: string) => {
    writeFileSync(file, bytes);
    await failsWith(t, 'FORESHARD_CHECKSUM_MISMATCH', files.read('one'), what);
  };
  for (let bit = 0; bit < 8 * whole.length; bit += 5) {
    const flipped = Uint8Array.from(whole);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    await refused(flipped, `bit ${bit}`);
  }
  for (const length of [0, 1, 31, 32, whole.length - 1]) await refused(whole.subarray(0, length), `cut to ${length}`);
  await refused(Buffer.concat([whole, Buffer.alloc(1)]), 'longer');
  renameSync(join(directory, 'two'), file);
  await failsWith(t, 'FORESHARD_CHECKSUM_MISMATCH', files.read('one'), 'another file');
  await files.write('one', content);
  t.deepEqual(Buffer.from((await files.read('one'))!), content);
  writeFileSync(`${file}~0123456789abcdef`, 'left by a crash');
  t.is(await files.sweep(), 1);
  t.deepEqual(readdirSync(directory), ['one']);
});
