// The log of recoveries: what it keeps, how it scores, and that damaged bytes are refused.
import test from 'ava';
import { ForeshardError } from '../src/index.js';
import { RecoveryLog, type RecoveryEntry } from '../src/predictor/profile/index.js';
import { Random, seed } from './support/random.js';

const entryOf = (fields: Partial<RecoveryEntry> = {}): RecoveryEntry => ({
  openedMs: 1_000_000,
  clean: true,
  aliveMs: -1,
  uptimeMs: -1,
  openMs: 3,
  hotMs: -1,
  fullMs: -1,
  restored: { predicted: 10, bands: 20 },
  early: { reads: 0, covered: 0, restored: 0, byClass: [0, 0, 0, 0, 0, 0] },
  order: { known: 0, remembered: 5, predicted: 10, by: 'ensemble' },
  touches: new Float64Array(0),
  ...fields,
});

const early = (reads: number, covered: number, byClass: readonly number[]) => ({
  reads,
  covered,
  restored: byClass.reduce((sum, number) => sum + number, 0),
  byClass,
});

const logOf = (...entries: Partial<RecoveryEntry>[]): RecoveryLog => {
  const log = new RecoveryLog();
  for (const entry of entries) log.add(entryOf(entry));
  return log;
};

const thrownBy = (t: { true(value: boolean): void }, act: () => unknown): ForeshardError => {
  try {
    act();
  } catch (error) {
    t.true(error instanceof ForeshardError);
    return error as ForeshardError;
  }
  throw new Error('nothing was thrown');
};

test('the log keeps more than it has room for, or forgets when it began and how often it failed', (t) => {
  const log = new RecoveryLog();
  t.deepEqual([log.sinceMs, log.failuresBefore, log.entries.length], [-1, 0, 0]);
  for (let at = 0; at < 50; at++) {
    const touches = at % 2 === 0 ? Float64Array.of(at, 7) : new Float64Array(0);
    log.add(entryOf({ openedMs: 1000 + at, clean: at % 3 !== 0, touches }));
  }
  t.deepEqual(log.entries.map(({ openedMs }) => openedMs), Array.from({ length: 32 }, (_, at) => 1018 + at));
  t.is(log.sinceMs, 1000);
  t.is(log.failuresBefore, 6);
  const touched = log.entries.filter(({ touches }) => touches.length > 0).map(({ openedMs }) => openedMs);
  t.deepEqual(touched, [1034, 1036, 1038, 1040, 1042, 1044, 1046, 1048]);
  log.amend({ touches: Float64Array.of(1) });
  t.deepEqual(log.entries.filter(({ touches }) => touches.length > 0).length, 8);
  t.deepEqual([...log.entries.at(-1)!.touches], [1]);
});

test('the entry of the present run is not completed, or another one is', (t) => {
  const log = logOf({ openMs: 1 }, { openMs: 2 });
  log.amend({ hotMs: 50 });
  log.amend({ fullMs: 70, early: early(100, 90, [40]) });
  t.deepEqual(log.entries.map(({ openMs, hotMs, fullMs }) => [openMs, hotMs, fullMs]), [[1, -1, -1], [2, 50, 70]]);
  t.is(log.entries[1]!.early.covered, 90);
  t.is(thrownBy(t, () => new RecoveryLog().amend({ hotMs: 1 })).code, 'FORESHARD_BAD_ARGUMENT');
});

test('an entry is taken that could not be read again', (t) => {
  const bad: Record<string, unknown>[] = [
    { openedMs: NaN },
    { openMs: Infinity },
    { hotMs: -2 },
    { clean: 1 },
    { early: early(-1, 0, []) },
    { early: { ...early(1, 0, []), byClass: Array.from({ length: 17 }, () => 0) } },
    { restored: { predicted: 0.5 } },
    { order: { known: 0, remembered: 0, predicted: 0, by: 'x'.repeat(65) } },
    { order: { known: 0, remembered: 0, predicted: 0 } },
    { touches: [1, 2] },
    { touches: Float64Array.of(0.5) },
    { touches: new Float64Array(70_000) },
    { extra: 1 },
  ];
  for (const fields of bad) {
    const log = logOf({});
    const error = thrownBy(t, () => log.add(entryOf(fields as Partial<RecoveryEntry>)));
    t.is(error.code, 'FORESHARD_BAD_ARGUMENT');
    t.true(error.message.includes(Object.keys(fields)[0]!), error.message);
    t.is(thrownBy(t, () => log.amend(fields as Partial<RecoveryEntry>)).code, 'FORESHARD_BAD_ARGUMENT');
    t.is(log.entries.length, 1);
  }
});

test('shares are of another number, or an old recovery weighs as much as a new one', (t) => {
  t.deepEqual(new RecoveryLog().score(), { entries: [], mean: undefined });
  const log = logOf({ early: early(10_000, 5000, [1000, 0]) }, {}, { early: early(10_000, 9000, [2000, 6000]) });
  const { entries, mean } = log.score();
  t.deepEqual(entries, [
    { covered: 0.5, restored: 0.1, byClass: [0.1, 0] },
    undefined,
    { covered: 0.9, restored: 0.8, byClass: [0.2, 0.6] },
  ]);
  const mix = (old: number, fresh: number) => (0.7 * old + fresh) / 1.7;
  const shares = [mean!.covered, mean!.restored, ...mean!.byClass];
  const wanted = [mix(0.5, 0.9), mix(0.1, 0.8), mix(0.1, 0.2), mix(0, 0.6)];
  t.deepEqual(shares.map((share) => share.toFixed(12)), wanted.map((share) => share.toFixed(12)));
  log.add(entryOf({ early: early(10, 0, [0, 0]) })); // hardly any reads
  t.true(log.score().mean!.covered > 0.7);
});

function randomLog(random: Random): RecoveryLog {
  const log = new RecoveryLog();
  for (let entries = random.below(40); entries > 0; entries--)
    log.add(
      entryOf({
        openedMs: random.below(2 ** 31) * 1000 + random.below(1000) / 7,
        clean: random.below(2) === 0,
        aliveMs: random.below(3) === 0 ? -1 : random.below(2 ** 31),
        restored: Object.fromEntries(Array.from({ length: random.below(4) }, (_, at) => [`${at} "é`, random.below(1000)])),
        early: early(random.below(10_000), random.below(5000), [random.below(100), 2]),
        touches: Float64Array.from({ length: random.below(50) }, () => random.below(2 ** 31) * 2 ** 20 + random.below(2 ** 20)),
      }),
    );
  return log;
}

test('a log that was saved says other things', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  for (let round = 0; round < 100; round++) {
    const log = randomLog(random);
    const bytes = Buffer.concat([Buffer.from('before'), log.toBytes()]).subarray(6); // not at a multiple of 8
    const loaded = RecoveryLog.fromBytes(bytes);
    const all = ({ entries, sinceMs, failuresBefore }: RecoveryLog) => ({ entries, sinceMs, failuresBefore });
    t.deepEqual(all(loaded), all(log), `SEED=${seed}, round ${round}`);
    t.deepEqual(Buffer.from(loaded.toBytes()), Buffer.from(log.toBytes()));
    loaded.add(entryOf());
  }
});

test('a damaged log is taken for a good one', (t) => {
  const log = logOf({ touches: Float64Array.of(1, 2, 3) }, { clean: false });
  const bytes = log.toBytes();
  const refuses = (damaged: Uint8Array, what: string) => {
    const error = thrownBy(t, () => RecoveryLog.fromBytes(damaged));
    t.is(error.code, 'FORESHARD_CHECKSUM_MISMATCH', what);
    t.regex(error.message, /log of recoveries is damaged/, what);
  };
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Uint8Array.from(bytes);
    flipped[at]! ^= 1 << at % 8;
    refuses(flipped, `byte ${at}`);
    refuses(bytes.subarray(0, at), `${at} bytes`);
  }
  refuses(Buffer.concat([bytes, Buffer.alloc(8)]), 'longer');
  t.is(RecoveryLog.fromBytes(bytes).entries.length, 2);
});
