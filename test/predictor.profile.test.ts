// The recovery profile: what was read first, what is remembered of it, and the order that is made of it, against plain models.
import test from 'ava';
import type { AccessWindow } from '../src/predictor/index.js';
import { composeProfile, FirstTouches, rememberedOrder } from '../src/predictor/profile/index.js';
import type { ProfileLists, ProfileSource } from '../src/predictor/profile/index.js';
import { keyOf } from './support/accesses.js';
import { Random, seed } from './support/random.js';

interface Access {
  readonly key: number;
  readonly write: boolean;
}

const windowOf = (first: number, accesses: readonly Access[]): AccessWindow => ({
  first,
  keys: Float64Array.from(accesses, ({ key }) => key),
  times: Float64Array.from(accesses, (_, at) => first + at),
  writes: Uint8Array.from(accesses, ({ write }) => Number(write)),
  sizes: new Uint32Array(accesses.length).fill(100),
});

const read = (number: number): Access => ({ key: keyOf(number), write: false });

test('first touches are not the distinct keys of the first reads in their order', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  for (let round = 0; round < 200; round++) {
    const [keysMax, readsMax] = [1 + random.below(60), 1 + random.below(200)];
    const all = Array.from({ length: 300 }, () => ({ key: keyOf(random.below(80)), write: random.below(4) === 0 }));
    const gapAt = random.below(2) === 0 ? Infinity : random.below(300);
    const touches = new FirstTouches({ keysMax, readsMax });
    const model = { keys: [] as number[], reads: 0, done: false };
    for (let at = 0; at < all.length;) {
      const window = all.slice(at, at + random.below(30));
      const missed = at >= gapAt;
      touches.note(windowOf(at + Number(missed), window));
      model.done ||= missed;
      for (const { key, write } of window) {
        if (model.done || write) continue;
        model.reads++;
        if (!model.keys.includes(key)) model.keys.push(key);
        model.done = model.reads === readsMax || model.keys.length === keysMax;
      }
      t.deepEqual([...touches.keys], model.keys);
      t.deepEqual([touches.reads, touches.done], [model.reads, model.done]);
      at += window.length;
    }
  }
});

test('accesses before the first window, or between two, are taken for none', (t) => {
  const late = new FirstTouches();
  late.note(windowOf(5, [read(1)]));
  t.deepEqual([late.done, late.reads, late.keys.length], [true, 0, 0]);
  const interrupted = new FirstTouches();
  interrupted.note(windowOf(0, [read(1), read(2)]));
  interrupted.note(windowOf(1, [read(3)]));
  interrupted.note(windowOf(2, [read(4)]));
  t.true(interrupted.done);
  t.deepEqual([...interrupted.keys], [keyOf(1), keyOf(2)]);
});

test('what is remembered changes with the caller\'s arrays', (t) => {
  const touches = new FirstTouches();
  touches.note(windowOf(0, [read(1), read(2)]));
  touches.keys.fill(0);
  t.deepEqual([...touches.keys], [keyOf(1), keyOf(2)]);
});

const remember = (restarts: readonly (readonly number[])[], limit = 1000): number[] =>
  Array.from(rememberedOrder(restarts.map((keys) => ({ touches: Float64Array.from(keys) })), limit));

test('one restart is not remembered as it was', (t) => {
  t.deepEqual(remember([]), []);
  t.deepEqual(remember([[], []]), []);
  t.deepEqual(remember([[30, 10, 20]]), [30, 10, 20]);
  t.deepEqual(remember([[30, 10, 20], []]), [30, 10, 20]);
  t.deepEqual(remember([[30, 10, 20]], 2), [30, 10]);
});

test('a key that came once is remembered before one that comes every time', (t) => {
  const always = [1, 2, 3];
  t.deepEqual(remember([[50, ...always], [60, ...always], [70, ...always]]).slice(0, 3), always);
  t.deepEqual(remember([[9, 1], [8, 1], [7, 1]]), [1, 7, 8, 9], 'and later restarts count more');
  t.deepEqual(remember([[1, 2], [2, 1]]), [2, 1], 'and earlier places');
});

test('a key that did not come for long is never forgotten', (t) => {
  const restarts = [[99], ...Array.from({ length: 7 }, () => [1, 2])];
  t.deepEqual(remember(restarts), [1, 2]);
});

/** The first reads of a service that always warms up alike, with noise: some keys are not asked for, others come between. */
function warmUp(random: Random, usual: readonly number[], noise: number): number[] {
  const keys = usual.flatMap((key) => [
    ...(random.below(100) < noise ? [] : [key]),
    ...(random.below(100) < noise ? [keyOf(100_000 + random.below(1_000_000))] : []),
  ]);
  for (let at = 0; at + 1 < keys.length; at++) {
    const other = Math.min(keys.length - 1, at + random.below(10));
    [keys[at], keys[other]] = [keys[other]!, keys[at]!];
  }
  return keys;
}

const coveredBy = (order: Iterable<number>, touches: readonly number[]): number => {
  const wanted = new Set(order);
  return touches.filter((key) => wanted.has(key)).length / touches.length;
};

test('a service that always warms up alike is not covered by what is remembered', (t) => {
  const random = new Random(7);
  const usual = Array.from({ length: 800 }, (_, number) => keyOf(number));
  const restarts = Array.from({ length: 9 }, () => warmUp(random, usual, 20));
  for (let past = 3; past < restarts.length; past++) {
    const next = restarts[past]!;
    const order = remember(restarts.slice(0, past), 800);
    const last = coveredBy(restarts[past - 1]!.slice(0, 800), next);
    const now = coveredBy(order, next);
    t.true(now > last + 0.05, `behind ${past} restarts ${now}, the last one alone ${last}`);
    const ideal = coveredBy(usual, next);
    t.true(now > 0.85 * ideal, `behind ${past} restarts ${now}, who knew it all ${ideal}`);
    const early = coveredBy(usual.slice(0, 400), order.slice(0, 100));
    t.true(early > 0.8, `${early}: what comes first is among the first`);
    t.log(`${past} restarts: ${now.toFixed(3)}, the last one alone ${last.toFixed(3)}, who knew it all ${ideal.toFixed(3)}`);
  }
});

test('the same restarts give another order', (t) => {
  const usual = Array.from({ length: 500 }, (_, at) => at);
  const restarts = Array.from({ length: 8 }, (_, round) => warmUp(new Random(round), usual, 30));
  t.deepEqual(remember(restarts), remember(restarts));
});

type Lists = Record<ProfileSource, number[]>;

const arraysOf = ({ known, remembered, predicted }: Lists): ProfileLists => ({
  known: Float64Array.from(known),
  remembered: Float64Array.from(remembered),
  predicted: Float64Array.from(predicted),
});

/** Distinct keys of a list that are in none of the others. */
const distinct = (keys: readonly number[], ...others: readonly (readonly number[])[]): number[] =>
  Array.from(new Set(keys)).filter((key) => !others.some((other) => other.includes(key)));

test('the order has a key twice, too many, or leaves room', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const list = (most: number) => Array.from({ length: random.below(most) }, () => keyOf(random.below(80)));
  for (let round = 0; round < 3000; round++) {
    const lists: Lists = { known: list(20), remembered: list(60), predicted: list(60) };
    const [limit, share] = [random.below(70), random.below(5) / 4];
    const profile = composeProfile(arraysOf(lists), limit, { rememberedShare: share });
    const order = [...profile.order];
    const about = `SEED=${seed}, round ${round}`;
    const all = distinct([...lists.known, ...lists.remembered, ...lists.predicted]);
    t.is(new Set(order).size, order.length, about);
    t.is(order.length, Math.min(limit, all.length), about);
    const { known, remembered, predicted } = profile.counts;
    t.is(known + remembered + predicted, order.length, about);
    const parts = [order.slice(0, known), order.slice(known, known + remembered), order.slice(known + remembered)] as const;
    t.deepEqual(parts[0], distinct(lists.known).slice(0, limit), about);
    t.deepEqual(parts[1], distinct(lists.remembered, parts[0]).slice(0, remembered), about);
    t.deepEqual(parts[2], distinct(lists.predicted, parts[0], parts[1]).slice(0, predicted), about);
    const kept = Math.min(Math.floor(limit * share), limit - known, distinct(lists.remembered, parts[0]).length);
    t.true(remembered >= kept, `${about}: remembered keys have their share`);
    const pushedOut = distinct(lists.predicted, order).length;
    t.true(remembered <= kept || pushedOut === 0, `${about}: beyond it they push nothing out`);
    for (const [place, key] of order.entries()) {
      const source = place < known ? 'known' : place < known + remembered ? 'remembered' : 'predicted';
      t.deepEqual(profile.sourceOf(key), { source, place }, about);
    }
    for (const key of distinct(all, order)) t.is(profile.sourceOf(key), undefined, about);
    t.is(profile.sourceOf(keyOf(80)), undefined, about);
  }
});

test('remembered keys take more than a quarter where predictions have enough', (t) => {
  const keys = (from: number, count: number) => Float64Array.from({ length: count }, (_, at) => keyOf(from + at));
  const counts = (known: number, remembered: number, predicted: number) =>
    composeProfile({ known: keys(0, known), remembered: keys(1000, remembered), predicted: keys(5000, predicted) }, 400).counts;
  t.deepEqual(counts(10, 500, 500), { known: 10, remembered: 100, predicted: 290 });
  t.deepEqual(counts(10, 500, 90), { known: 10, remembered: 300, predicted: 90 });
  t.deepEqual(counts(10, 500, 0), { known: 10, remembered: 390, predicted: 0 });
  t.deepEqual(counts(10, 50, 500), { known: 10, remembered: 50, predicted: 340 });
  t.deepEqual(counts(500, 50, 500), { known: 400, remembered: 0, predicted: 0 });
});

test('a large order takes seconds, or is another one than a small one', (t) => {
  const keys = (from: number) => Float64Array.from({ length: 200_000 }, (_, at) => keyOf(from + at));
  const profile = composeProfile({ known: keys(0).subarray(0, 100), remembered: keys(150_000), predicted: keys(0) }, 100_000);
  t.deepEqual(profile.counts, { known: 100, remembered: 25_000, predicted: 74_900 });
  t.deepEqual(profile.sourceOf(keyOf(150_000)), { source: 'remembered', place: 100 });
  t.deepEqual(profile.sourceOf(keyOf(100)), { source: 'predicted', place: 25_100 });
  t.is(profile.sourceOf(keyOf(199_000)), undefined);
});
