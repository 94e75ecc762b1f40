// Failures out of the log of recoveries: rows, lessons that miss or repeat no time, and what failure-hazard makes of them; and the
// slope of the heap.
import test from 'ava';
import failureHazard from '../plugins/failure-hazard/index.js';
import { columnsOf, type FailureColumn, type Lesson } from '../src/predictor/index.js';
import {
  failureLessons,
  failureRow,
  HeapSlope,
  RecoveryLog,
  type FailureLesson,
  type FailureLog,
  type RecoveryEntry,
} from '../src/predictor/profile/index.js';
import { Random, seed } from './support/random.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const begin = 1_700_000_000_000;

type Fields = Pick<RecoveryEntry, 'openedMs'> & Partial<RecoveryEntry>;

const logOf = (...entries: Fields[]): RecoveryLog => {
  const log = new RecoveryLog();
  const early = { reads: 0, covered: 0, restored: 0, byClass: [] };
  const order = { known: 0, remembered: 0, predicted: 0, by: '' };
  const rest = { clean: true, aliveMs: -1, uptimeMs: -1, openMs: -1, hotMs: -1, fullMs: -1, restored: {}, early, order };
  for (const fields of entries) log.add({ ...rest, touches: new Float64Array(0), ...fields });
  return log;
};

const lessonsOf = (log: FailureLog, fromMs: number, nowMs: number, intervalSeconds = 3600): FailureLesson[] =>
  Array.from(failureLessons({ log, fromMs, nowMs, intervalSeconds }));

const valueOf = ({ columns }: Lesson<FailureColumn>, column: FailureColumn): number => columns[column][0]!;
const failuresIn = (lessons: readonly FailureLesson[]): number => lessons.reduce((sum, { lesson }) => sum + lesson.targets[0]!, 0);

const signals = { heapSlope: 12, errorRate: 0.5 };

test('the row of a node does not say what the catalogue does', (t) => {
  const log = logOf(
    { openedMs: begin },
    { openedMs: begin + dayMs, clean: false, aliveMs: begin + dayMs - hourMs },
    { openedMs: begin + 2 * dayMs },
  );
  const row = failureRow({ log, openedMs: begin + 2 * dayMs, nowMs: begin + 3 * dayMs, intervalSeconds: 3600, ...signals });
  t.is(row.rows, 1);
  t.deepEqual(Object.keys(row.columns).toSorted(), columnsOf('failure').toSorted());
  const values = Object.fromEntries(Object.entries(row.columns).map(([name, [value]]) => [name, value]));
  t.deepEqual(values, {
    node: 0,
    seconds: 3 * 86_400,
    interval: 3600,
    uptime: 86_400,
    observed: 3 * 86_400,
    failures: 1,
    sinceFailure: 2 * 86_400 + 3600,
    clusterFailures: 1,
    sinceClusterFailure: 2 * 86_400 + 3600,
    heapSlope: 12,
    errorRate: 0.5,
  });
});

test('a node without a past has failed, or is as old as time', (t) => {
  const { columns } = failureRow({ log: new RecoveryLog(), openedMs: begin, nowMs: begin + 5000, intervalSeconds: 60, ...signals });
  t.deepEqual([columns.seconds[0], columns.uptime[0], columns.failures[0], columns.sinceFailure[0]], [5, 5, 0, -1]);
});

test('times begin anew when the log forgets its first entries', (t) => {
  const entries = Array.from({ length: 100 }, (_, at) => ({ openedMs: begin + at * hourMs, clean: at % 2 === 0 }));
  const nowMs = begin + 100 * hourMs;
  const { columns } = failureRow({ log: logOf(...entries), openedMs: begin, nowMs, intervalSeconds: 60, ...signals });
  t.deepEqual([columns.observed[0], columns.failures[0]], [100 * 3600, 50]);
});

test('time without a process is taken for exposure, or the last hours of one that failed are not', (t) => {
  const log = logOf(
    { openedMs: begin },
    { openedMs: begin + 10 * hourMs, clean: false, aliveMs: begin + 2.5 * hourMs },
    { openedMs: begin + 20 * hourMs, clean: true, aliveMs: begin + 11 * hourMs },
  );
  const lessons = lessonsOf(log, -1, begin + 21.9 * hourMs);
  const hours = (lesson: Lesson<FailureColumn>, column: FailureColumn) => valueOf(lesson, column) / 3600;
  const rows = lessons.map(({ lesson }) => [hours(lesson, 'uptime'), hours(lesson, 'interval'), lesson.targets[0]]);
  t.deepEqual(rows, [[0, 1, 0], [1, 1, 0], [2, 0.5, 1], [0, 1, 0], [0, 1, 0]]);
  t.deepEqual(lessons.map(({ lesson }) => valueOf(lesson, 'seconds') / 3600), [0, 1, 2, 10, 20]);
  t.deepEqual(lessons.map(({ lesson }) => valueOf(lesson, 'failures')), [0, 0, 0, 1, 1]);
  t.deepEqual(lessons.map(({ lesson }) => valueOf(lesson, 'sinceFailure')), [-1, -1, -1, 7.5 * 3600, 17.5 * 3600]);
  t.deepEqual(lessons.map(({ untilMs }) => (untilMs - begin) / hourMs), [1, 2, 10, 20, 21]);
  t.true(lessons.every(({ lesson }) => lesson.rows === 1 && lesson.weights[0] === 1));
});

test('a failure is not taught, or twice, where teaching stops and goes on', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  for (let round = 0; round < 200; round++) {
    const entries: Fields[] = [{ openedMs: begin }];
    let taught = -1;
    const lessons: FailureLesson[] = [];
    const teach = (nowMs: number) => {
      for (const one of failureLessons({ log: logOf(...entries), fromMs: taught, nowMs, intervalSeconds: 3600 })) {
        t.true(one.untilMs > taught, 'it goes on');
        taught = one.untilMs;
        lessons.push(one);
        if (random.below(8) === 0) return; // for now
      }
    };
    for (let life = 0; life < 20; life++) {
      const { openedMs } = entries.at(-1)!;
      const endMs = openedMs + random.below(5 * hourMs);
      for (let look = 0; look < 3; look++) if (random.below(2) === 0) teach(openedMs + ((endMs - openedMs) * look) / 2);
      const aliveMs = random.below(5) === 0 ? -1 : endMs - random.below(2) * random.below(hourMs); // what was last noted may be old
      entries.push({ openedMs: endMs + 1 + random.below(hourMs), clean: random.below(2) === 0, aliveMs: Math.max(aliveMs, -1) });
    }
    for (let before = -1; before < lessons.length;) {
      before = lessons.length;
      teach(entries.at(-1)!.openedMs);
    }
    const failed = entries.filter(({ clean = true }) => !clean).length;
    t.is(failuresIn(lessons), failed, `SEED=${seed}, round ${round}`);
    const starts = lessons.map(({ lesson }) => valueOf(lesson, 'seconds'));
    t.deepEqual(starts, starts.toSorted((a, b) => a - b), 'in the order of time');
  }
});

test('intervals of another length leave time out, or take it twice', (t) => {
  const log = logOf({ openedMs: begin });
  const first = lessonsOf(log, -1, begin + 2.2 * hourMs);
  const second = lessonsOf(log, first.at(-1)!.untilMs, begin + 5 * hourMs, 5400);
  t.deepEqual(second.map(({ lesson }) => valueOf(lesson, 'uptime') / 3600), [2, 3]);
  t.deepEqual(second.map(({ lesson }) => valueOf(lesson, 'interval') / 3600), [1, 1.5]);
  t.deepEqual(lessonsOf(log, second.at(-1)!.untilMs, begin + 5 * hourMs, 5400), []);
});

test('a process of which no sign of life is known has lived for ever, or not at all', (t) => {
  const byUptime = logOf({ openedMs: begin }, { openedMs: begin + 9 * hourMs, clean: false, uptimeMs: 2 * hourMs });
  t.deepEqual(lessonsOf(byUptime, -1, begin + 9 * hourMs).map(({ lesson }) => lesson.targets[0]), [0, 1]);
  const unknown = logOf({ openedMs: begin }, { openedMs: begin + 3 * hourMs, clean: false });
  t.deepEqual(lessonsOf(unknown, -1, begin + 3 * hourMs).map(({ lesson }) => lesson.targets[0]), [0, 0, 1]);
});

test('what was measured is not in the lessons', (t) => {
  const log = logOf({ openedMs: begin });
  const signalsAt = (ms: number) => (ms === begin + hourMs ? signals : undefined);
  const lessons = Array.from(failureLessons({ log, fromMs: -1, nowMs: begin + 2 * hourMs, intervalSeconds: 3600, signalsAt }));
  t.deepEqual(lessons.map(({ lesson }) => [valueOf(lesson, 'heapSlope'), valueOf(lesson, 'errorRate')]), [[-1, -1], [12, 0.5]]);
});

async function hazardOf(entries: readonly Fields[], nowMs: number): Promise<number> {
  const log = logOf(...entries);
  const predictor = failureHazard.create({ seed: 1, settings: {}, shouldStop: () => false });
  for (const { lesson } of failureLessons({ log, fromMs: -1, nowMs, intervalSeconds: 3600 })) await predictor.learn!(lesson);
  const { openedMs } = entries.at(-1)!;
  const row = failureRow({ log, openedMs, nowMs, intervalSeconds: 3600, heapSlope: -1, errorRate: -1 });
  return (await predictor.predict(row))[0]!;
}

test('a node that crashes every few hours is expected to fail no sooner than one that runs for weeks', async (t) => {
  const crashing = Array.from({ length: 20 }, (_, at) => ({
    openedMs: begin + at * 6 * hourMs,
    clean: at === 0,
    aliveMs: at === 0 ? -1 : begin + at * 6 * hourMs - 60_000,
  }));
  const often = await hazardOf(crashing, begin + 5 * dayMs);
  const steady = await hazardOf([{ openedMs: begin }], begin + 30 * dayMs);
  t.true(often > 0.05 && often < 1, `${often}: once in six hours`);
  t.true(steady < 0.002, `${steady}`);
});

test('the slope of the heap is not that of the line through its samples', (t) => {
  const slope = new HeapSlope();
  t.is(slope.bytesPerSecond(0), -1);
  for (let at = 0; at <= 600; at++) slope.add(begin + at * 1000, 5e8 + at * 1000 + (at % 2 === 0 ? 3e5 : -3e5));
  t.true(Math.abs(slope.bytesPerSecond(begin + 600_000) - 1000) < 20, `${slope.bytesPerSecond(begin + 600_000)}`);
  for (let at = 601; at <= 1300; at++) slope.add(begin + at * 1000, 5e8 - at * 2000);
  t.true(Math.abs(slope.bytesPerSecond(begin + 1_300_000) + 2000) < 1e-6, 'what was before is forgotten');
  t.is(slope.bytesPerSecond(begin + 3_000_000), -1, 'and all of it at last');
});

test('few samples make a slope, many take memory, or a clock that goes back confuses it', (t) => {
  const slope = new HeapSlope({ windowMs: 10_000, samplesMax: 10 });
  for (let at = 0; at < 100_000; at++) slope.add(at, at);
  t.true(slope.samples <= 11, `${slope.samples}`);
  t.true(Math.abs(slope.bytesPerSecond(99_999) - 1000) < 1e-6);
  slope.add(50, 7);
  t.is(slope.samples, 1);
  slope.add(1050, 7);
  t.is(slope.bytesPerSecond(1050), -1);
  slope.add(2050, 7);
  t.is(slope.bytesPerSecond(2050), 0);
});
