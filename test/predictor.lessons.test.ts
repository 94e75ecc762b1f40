// Lessons at virtual crash points, and orders of rows by radix.
import test from 'ava';
import { AccessPipeline } from '../src/predictor/access/pipeline.js';
import { Pace } from '../src/predictor/host/pace.js';
import type { AccessLesson, AccessPredictor } from '../src/predictor/index.js';
import { bestFirst, leastFirst } from '../src/predictor/ordering.js';
import { keyOf } from './support/accesses.js';
import { Random, seed } from './support/random.js';

/** All lessons that come of accesses, with the number of reads that there had been when each was learned. */
async function lessonsOf(accesses: number, options = {}, window = 200, writeShare = 0) {
  const lessons: (AccessLesson & { readonly reads: number })[] = [];
  let reads = 0;
  const predictor: AccessPredictor = {
    learn: (lesson) => void lessons.push({ ...lesson, reads }),
    predict: ({ rows }) => new Float32Array(rows),
  };
  const pipeline = new AccessPipeline({ columns: ['age'] }, predictor, options);
  const random = new Random(3);
  for (let first = 0; first < accesses; first += window) {
    const writes = Uint8Array.from({ length: window }, () => (random.below(100) < writeShare ? 1 : 0));
    reads += writes.reduce((sum, write) => sum + 1 - write, 0);
    const keys = Float64Array.from(writes, () => keyOf(random.below(100)));
    const times = Float64Array.from(writes, (_, i) => first + i);
    await pipeline.observe({ first, keys, times, writes, sizes: new Uint32Array(window) });
  }
  return lessons;
}

test('a young store has no lessons, or they have other reads than they say', async (t) => {
  const lessons = await lessonsOf(1000);
  t.true(lessons.length >= 8, `${lessons.length} lessons`);
  for (const { horizon, reads, targets } of lessons) {
    t.true(horizon >= 50 && horizon <= Math.max(50, reads / 2), `${horizon} of ${reads}`);
    t.true(targets.reduce((sum, read) => sum + read, 0) <= horizon);
  }
  t.true(lessons.at(-1)!.horizon > 200, 'they do not grow');
});

test('lessons are as long and as close as they are when there is a history', async (t) => {
  const lessons = await lessonsOf(30_000, { horizon: 400, lessonEvery: 1000 });
  const late = lessons.filter(({ reads }) => reads > 20_000);
  t.true(late.every(({ horizon }) => horizon === 400));
  t.true(late.length >= 8 && late.length <= 11, `${late.length} lessons in 10,000 accesses`);
});

test('a store that is mostly written has no lessons', async (t) => {
  const lessons = await lessonsOf(10_000, {}, 500, 95);
  t.true(lessons.length >= 5, `${lessons.length} lessons`);
});

test('a lesson reaches over accesses that nobody saw', async (t) => {
  const lessons: AccessLesson[] = [];
  const pipeline = new AccessPipeline(
    { columns: ['age'] },
    { learn: (lesson) => void lessons.push(lesson), predict: ({ rows }) => new Float32Array(rows) },
  );
  for (let first = 0; first < 40_000; first += 80) {
    const keys = Float64Array.from({ length: 45 }, (_, i) => keyOf(i));
    await pipeline.observe({ first, keys, times: new Float64Array(45), writes: new Uint8Array(45), sizes: new Uint32Array(45) });
  }
  t.deepEqual(lessons, []);
});

test('a lesson counts reads that came before the crash that it supposes', async (t) => {
  const lessons: AccessLesson[] = [];
  const pipeline = new AccessPipeline(
    { columns: ['age'] },
    { learn: (lesson) => void lessons.push(lesson), predict: ({ rows }) => new Float32Array(rows) },
    { horizon: 50, lessonEvery: 1000 },
  );
  pipeline.lag = 500;
  // Each key in turn is read a hundred times.
  for (let first = 0; first < 20_000; first += 100) {
    const keys = new Float64Array(100).fill(keyOf((first / 100) % 7));
    await pipeline.observe({ first, keys, times: new Float64Array(100), writes: new Uint8Array(100), sizes: new Uint32Array(100) });
  }
  t.true(lessons.length > 15, `${lessons.length}`);
  for (const { keys, targets, columns } of lessons.slice(-10)) {
    const latest = columns.age.indexOf(Math.min(...columns.age));
    const read = targets.indexOf(Math.max(...targets));
    const [was, is] = [latest, read].map((row) => [0, 1, 2, 3, 4, 5, 6].findIndex((key) => keyOf(key) === keys[row]));
    t.true([5, 6].includes((is! - was! + 7) % 7), `${is} behind ${was}`);
  }
});

test('how many accesses there are is not told', (t) => {
  const pace = new Pace();
  t.is(pace.perSecond, 0);
  for (let second = 0; second < 60; second++) {
    pace.note({ first: second * 300, times: Float64Array.of(second * 1000, second * 1000 + 500) });
    pace.note({ first: second * 300 + 10, times: Float64Array.of(second * 1000) }); // no time has passed
  }
  t.true(Math.abs(pace.perSecond - 300) < 1, `${pace.perSecond}`);
  for (let second = 60; second < 120; second++) pace.note({ first: 18_000 + (second - 60) * 9000, times: Float64Array.of(second * 1000) });
  t.true(pace.perSecond > 8500 && pace.perSecond <= 9000, `${pace.perSecond}`);
});

test('rows are in another order than that of a sort', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  for (const rows of [0, 1, 2, 5000]) {
    const scores = Float32Array.from({ length: rows }, () => (random.below(2000) - 1000) * 10 ** (random.below(60) - 30));
    scores.set([0, -0, Infinity, -Infinity, 0].slice(0, rows));
    const plain = [...scores.keys()].toSorted((a, b) => (scores[a] === scores[b] ? a - b : scores[b]! - scores[a]!));
    t.deepEqual([...bestFirst(scores)], plain);
    const keys = Uint32Array.from(scores, () => random.below(2) * 2 ** 31 + random.below(300));
    const among = Int32Array.from(plain);
    const places = new Map(plain.map((row, place) => [row, place]));
    const sorted = plain.toSorted((a, b) => keys[a]! - keys[b]! || places.get(a)! - places.get(b)!);
    t.deepEqual([...leastFirst(keys, among)], sorted);
  }
});
