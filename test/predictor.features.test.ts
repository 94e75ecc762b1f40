// Features of keys, checked against plain models of what they say.
import test from 'ava';
import { AccessHistory, Moment, PendingLesson, sampleOf, TrackedKeys } from '../src/predictor/features/index.js';
import { KeyIndex } from '../src/predictor/features/key-index.js';
import { catalogue, type AccessColumn } from '../src/predictor/index.js';
import { Random, seed } from './support/random.js';

/** A key as the store has them: 52 bits, as good as random in all of them. */
const keyOf = (number: number): number =>
  (Math.imul(number + 1, 0x9e3779b1) >>> 0) * 2 ** 20 + (Math.imul(number + 7, 0x85ebca6b) >>> 12);
const hour = 3_600_000;
const partOf = (ms: number): number => Math.floor(ms / (3 * hour)) % 8;

test('a key is found in another slot, or not at all, after others went', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const keys = new Float64Array(64);
  const index = new KeyIndex(keys);
  const model = new Map<number, number>();
  for (let round = 0; round < 20_000; round++) {
    const slot = random.below(keys.length);
    const old = [...model].find(([, at]) => at === slot)?.[0];
    if (old !== undefined) {
      index.remove(slot);
      model.delete(old);
    }
    const key = random.below(3) === 0 ? round * 128 : keyOf(round); // every third falls into the same place
    keys[slot] = key;
    index.add(slot);
    model.set(key, slot);
    if (round % 50 === 0) for (const [known, at] of model) t.is(index.find(known), at);
    if (old !== undefined && old !== key) t.is(index.find(old), -1);
  }
});

interface Seen {
  readonly at: number;
  readonly ms: number;
  readonly write: boolean;
}

/** What the columns say, from all accesses of a key, by their definitions. */
function expected(column: AccessColumn, seen: readonly Seen[], now: number, nowMs: number): number | undefined {
  const last = seen.at(-1)!;
  const gap = seen.length > 1 ? last.at - seen.at(-2)!.at : -1;
  const decayed = (halfLife: number) => seen.reduce((sum, { at }) => sum + 2 ** ((at - now) / halfLife), 0);
  const values: Partial<Record<AccessColumn, number | undefined>> = {
    age: now - last.at,
    ageSeconds: (nowMs - last.ms) / 1000,
    lifetime: now - seen[0]!.at,
    count: seen.length,
    gap,
    gapBefore: seen.length > 2 ? seen.at(-2)!.at - seen.at(-3)!.at : -1,
    due: gap > 0 ? (now - last.at) / gap : -1,
    reads: seen.filter(({ write }) => !write).length / seen.length,
    rateLife: seen.length / (now - seen[0]!.at + 1),
    rate1k: decayed(1000),
    rate10k: decayed(10_000),
    rate100k: decayed(100_000),
    rateMinute: seen.reduce((sum, { ms }) => sum + 2 ** ((ms - nowMs) / 60_000), 0),
    rateHour: seen.reduce((sum, { ms }) => sum + 2 ** ((ms - nowMs) / hour), 0),
    dayPart: seen.length > 200 ? undefined : seen.filter(({ ms }) => partOf(ms) === partOf(nowMs)).length / seen.length,
  };
  return values[column];
}

test('a feature is not what the catalogue says', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const tracked = new TrackedKeys(256);
  const model = new Map<number, Seen[]>();
  let ms = 0;
  for (let at = 1; at <= 5000; at++) {
    const key = keyOf(Math.floor(200 * (random.below(1000) / 1000) ** 3));
    ms += random.below(6000);
    const write = random.below(4) === 0;
    tracked.note(key, ms, write, 100);
    model.set(key, [...(model.get(key) ?? []), { at, ms, write }]);
  }
  const moment = new Moment(tracked, new AccessHistory(1024));
  const slots = Int32Array.from({ length: tracked.size }, (_, slot) => slot);
  const columns = moment.columns(Object.keys(catalogue.access) as AccessColumn[], slots);
  for (const column of Object.keys(columns) as AccessColumn[])
    for (const slot of slots) {
      const wanted = expected(column, model.get(tracked.keys[slot]!)!, 5000, ms);
      if (wanted === undefined) continue;
      const got = columns[column][slot]!;
      if (Math.abs(got - wanted) > 1e-4 * Math.max(1, Math.abs(wanted))) t.fail(`${column}: ${got}, should be ${wanted}`);
    }
  t.is(tracked.size, model.size);
});

test('ranks are not those of a sort', (t) => {
  const random = new Random(5);
  const tracked = new TrackedKeys(512);
  for (let at = 0; at < 4000; at++) tracked.note(keyOf(random.below(400)), at, false, 1);
  const { recency, count } = new Moment(tracked, new AccessHistory(1024));
  const slots = Array.from({ length: tracked.size }, (_, slot) => slot);
  const later = (a: number, b: number) => tracked.last[b]! - tracked.last[a]!;
  t.deepEqual([...recency.slots], slots.toSorted(later));
  t.deepEqual([...count.slots], slots.toSorted((a, b) => tracked.count[b]! - tracked.count[a]! || later(a, b)));
  t.true(slots.every((slot) => recency.slots[recency.ranks[slot]!] === slot && count.slots[count.ranks[slot]!] === slot));
});

test('more keys are tracked than there is room for, or those in use are forgotten', (t) => {
  const tracked = new TrackedKeys(1000);
  const before = tracked.bytes;
  for (let at = 0; at < 100_000; at++) tracked.note(keyOf(at % 2 === 0 ? at % 200 : at), at, false, 1);
  t.is(tracked.size, 1000);
  t.is(tracked.bytes, before);
  for (let number = 0; number < 200; number += 2) t.not(tracked.find(keyOf(number)), -1, `key ${number}, in use`);
});

test('a slot that another key has taken is linked to', (t) => {
  const tracked = new TrackedKeys(4);
  const history = new AccessHistory(1024);
  for (let at = 0; at < 5000; at++) tracked.note(keyOf(at), at, false, 1);
  const { link1 } = new Moment(tracked, history).columns(['link1'], Int32Array.of(0, 1, 2, 3));
  t.true(link1.every((age) => age === -1), 'no key was ever used twice');
});

test('the key after a used one is not linked to it', (t) => {
  const tracked = new TrackedKeys(64);
  for (let at = 0; at < 16; at++) tracked.note(keyOf(at), at, false, 1);
  tracked.note(keyOf(3), 16, false, 1);
  const slots = Int32Array.of(tracked.find(keyOf(4)), tracked.find(keyOf(5)), tracked.find(keyOf(11)));
  const { link1, link8 } = new Moment(tracked, new AccessHistory(1024)).columns(['link1', 'link8'], slots);
  t.deepEqual([...link1], [0, -1, -1]);
  t.deepEqual([...link8], [-1, -1, 0]);
});

test('what followed the same accesses before is not found again', (t) => {
  const history = new AccessHistory(4096);
  const loop = Array.from({ length: 500 }, (_, i) => keyOf(i));
  for (const key of loop) history.note(key);
  for (let i = 0; i < 300; i++) history.note(keyOf(1000 + i));
  for (const key of loop.slice(100, 140)) history.note(key);
  const followed: { key: number; step: number; length: number }[] = [];
  history.follow(200, (key, step, latest, length) => latest && followed.push({ key, step, length }));
  t.deepEqual(followed.map(({ key }) => key), loop.slice(140, 340));
  t.deepEqual(followed.map(({ step }) => step), followed.map((_, i) => i + 1));
  t.true(followed.every(({ length }) => length === 32), 'no more are compared');
});

test('a context reaches over accesses that nobody saw, or over the end of what is kept', (t) => {
  const history = new AccessHistory(1024);
  for (const number of [1, 2, 3, 4]) history.note(keyOf(number));
  history.break();
  let visited = 0;
  history.follow(10, () => visited++);
  t.is(visited, 0);
  for (let i = 0; i < 5000; i++) history.note(keyOf(10 + i));
  history.note(keyOf(1)); // long forgotten
  history.follow(10, () => visited++);
  t.is(visited, 0);
});

test('a sample does not stand for all keys', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const tracked = new TrackedKeys(20_000);
  for (let at = 0; at < 60_000; at++) tracked.note(keyOf(random.below(20_000)), at, false, 1);
  const moment = new Moment(tracked, new AccessHistory(1024));
  let sum = 0;
  const rounds = 40;
  for (let round = 0; round < rounds; round++) {
    const { slots, weights } = sampleOf(moment, 200, () => random.below(2 ** 30) / 2 ** 30);
    const taken = new Set(slots);
    for (let rank = 0; rank < 200; rank++)
      t.true(taken.has(moment.recency.slots[rank]!) && taken.has(moment.count.slots[rank]!));
    t.true(slots.length < 4000);
    sum += weights.reduce((all, weight) => all + weight, 0);
  }
  t.true(Math.abs(sum / rounds / tracked.size - 1) < 0.05, `${sum / rounds} for ${tracked.size}`);
});

test('what was asked for first after past restarts is not told', (t) => {
  const tracked = new TrackedKeys(16);
  for (let number = 0; number < 3; number++) tracked.note(keyOf(number), number, false, 1);
  tracked.noteRestart(Float64Array.of(keyOf(2), keyOf(9), keyOf(1)));
  tracked.noteRestart(Float64Array.of(keyOf(1)));
  const slots = Int32Array.of(0, 1, 2);
  const { restartRank, restarts } = new Moment(tracked, new AccessHistory(1024)).columns(['restartRank', 'restarts'], slots);
  t.deepEqual([...restartRank], [-1, 1, 0]);
  t.deepEqual([...restarts], [0, 1, 0.5]);
});

test('a lesson counts other reads than those that came next', (t) => {
  const tracked = new TrackedKeys(16);
  for (let number = 0; number < 8; number++) tracked.note(keyOf(number), number, false, 1);
  const moment = new Moment(tracked, new AccessHistory(1024));
  const slots = Int32Array.of(2, 5);
  const pending = new PendingLesson(moment, { slots, weights: Float32Array.of(1, 1) }, ['age'], 3, 100);
  pending.noteRead(2, keyOf(2), Infinity);
  pending.noteRead(5, keyOf(99), Infinity); // the slot is another key's by now
  t.false(pending.done);
  pending.noteRead(7, keyOf(7), Infinity);
  t.true(pending.done);
  pending.noteRead(2, keyOf(2), Infinity); // too late
  t.deepEqual([...pending.lesson.targets], [1, 0]);
  t.deepEqual([...pending.lesson.columns.age!], [5, 2]);
});
