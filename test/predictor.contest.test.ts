// Several predictors on the same lessons: who orders the keys, by a plain account of what each would have served.
import test from 'ava';
import { definePredictor, type AccessColumn, type AccessPredictor, type Predictor } from '../src/predictor/index.js';
import type { AccessLesson } from '../src/predictor/batch.js';
import { Contest } from '../src/predictor/host/contest.js';
import type { Decision } from '../src/predictor/host/decisions.js';
import { Guarded } from '../src/predictor/host/guarded.js';
import { InlineRunner } from '../src/predictor/host/inline-runner.js';
import { Pulse } from '../src/predictor/host/pulse.js';
import { servedWithin } from '../src/predictor/host/served.js';
import { Random, seed } from './support/random.js';

type Hooks = AccessPredictor<'gap' | 'recencyRank'>;
const rows = 100;
const budget = 10;

/** Orders by a column, the greatest first; or as the hooks say. */
const byGap: Hooks = { predict: ({ columns }) => columns.gap.slice() };
const byRecency: Hooks = { predict: ({ columns }) => columns.recencyRank.map((rank) => -rank) };
const byAge: Hooks = { predict: ({ columns }) => columns.recencyRank.slice() };

const predictorOf = (name: string, hooks: Hooks): Predictor<'access'> =>
  definePredictor({ name, role: 'access', columns: ['gap', 'recencyRank'], runs: 'inline', create: () => hooks });

class Scene {
  readonly decisions: Omit<Decision, 'serving'>[] = [];
  readonly contest: Contest;
  nowMs = 0;
  readonly #pulse = new Pulse();
  #places = 0;

  constructor(simple: Hooks, active: Hooks, ...challengers: Hooks[]) {
    this.contest = new Contest({
      fallback: this.#guarded('simple', simple),
      active: this.#guarded('active', active),
      challengers: challengers.map((hooks, i) => this.#guarded(`challenger-${i}`, hooks)),
      decided: (decision) => this.decisions.push(decision),
    });
  }

  #guarded(name: string, hooks: Hooks): Guarded {
    const bundled = { [name]: async () => ({ default: predictorOf(name, hooks) }) };
    const request = { plugin: name, settings: {}, seed: 1, from: '/', deadlineMs: 60_000 };
    const runner = new InlineRunner(request, bundled, this.#pulse, this.#places++);
    return new Guarded({ plugin: name, runner, nowMs: () => this.nowMs, failed: () => {} });
  }

  get changes(): string[] {
    return this.decisions.map(({ change, predictor }) => `${change} ${predictor}`);
  }
  get ratios(): (number | undefined)[] {
    return this.contest.standings().map(({ ratio }) => ratio);
  }

  /** The keys with the greatest gaps are read, or those used last: a share of the reads by the one order, the rest by the other. */
  async learn(servedByGap: number, times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.contest.learn(lessonOf(servedByGap));
  }
}

/** By recency the first rows are best, by gap the last; in the middle there is a row for the reads that nobody foretells. */
function lessonOf(byGapShare: number, byRecencyShare = 1 - byGapShare): AccessLesson<AccessColumn> {
  const horizon = 1000;
  const targets = new Float32Array(rows);
  targets[0] = byRecencyShare * horizon;
  targets[rows - 1] = byGapShare * horizon;
  targets[rows / 2] = (1 - byGapShare - byRecencyShare) * horizon;
  const ranks = Float32Array.from({ length: rows }, (_, row) => row);
  const columns = { gap: ranks, recencyRank: ranks } as unknown as Record<AccessColumn, Float32Array>;
  const [keys, weights] = [Float64Array.from(ranks), new Float32Array(rows).fill(1)];
  return { rows, keys, columns, targets, weights, horizon, budget };
}

test('one that is worse on purpose orders the keys for more than four lessons, or never again when it is good', async (t) => {
  const scene = new Scene(byRecency, byAge);
  await scene.learn(0, 3);
  t.is(scene.contest.serving, 'active');
  t.deepEqual(scene.changes, []);
  await scene.learn(0);
  t.is(scene.contest.serving, 'simple');
  t.deepEqual(scene.changes, ['fallback active']);
  t.regex(scene.decisions[0]!.reason, /simple 100\.0 % \(4\), active 0\.0 % \(4\)$/);
  t.is((await scene.contest.predict(lessonOf(0)))[1], -1);
  // With a half-life of 12 lessons, three good ones weigh 2.83 and the four bad ones before 3.09; four weigh 3.68 and those 2.92.
  await scene.learn(1, 3);
  t.deepEqual(scene.changes, ['fallback active']);
  await scene.learn(1);
  t.deepEqual(scene.changes, ['fallback active', 'return active']);
  t.is((await scene.contest.predict(lessonOf(0)))[1], 1);
});

test('one that is right on purpose is not promoted after eight lessons, or one that is as good is', async (t) => {
  const scene = new Scene(byRecency, byRecency, byRecency, byGap, byAge);
  await scene.learn(1, 7);
  t.deepEqual(scene.changes, []);
  await scene.learn(1);
  t.deepEqual(scene.changes, ['promoted challenger-1']);
  t.is(scene.contest.serving, 'challenger-1');
  t.deepEqual(scene.contest.standings().map(({ role }) => role), ['fallback', 'challenger', 'challenger', 'active', 'challenger']);
  t.deepEqual(scene.contest.standings().map(({ state }) => state), ['scored', 'scored', 'scored', 'serving', 'scored']);
  await scene.learn(0.5, 40);
  t.deepEqual(scene.changes.slice(0, 2), ['promoted challenger-1']);
});

test('of a mean that nearly equals another one promotes', async (t) => {
  const scene = new Scene(byRecency, byRecency, byGap);
  await scene.learn(0.504, 30); // 1.6 % better
  t.deepEqual(scene.changes, []);
  await scene.learn(0.515, 60); // 6 % better
  t.deepEqual(scene.changes, ['promoted challenger-0']);
});

test('scores are other means than those of the last lessons, by the reads served', async (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const scene = new Scene(byRecency, byGap);
  let [weight, gap, recency] = [0, 0, 0];
  for (let i = 0; i < 50; i++) {
    const share = (1 + random.below(98)) / 100;
    await scene.learn(share);
    weight = weight * 2 ** (-1 / 12) + 1;
    gap += (share - gap) / weight;
    recency += (1 - share - recency) / weight;
    const [simple, active] = scene.contest.standings();
    t.true(Math.abs(active!.score! - gap) < 1e-6 && Math.abs(simple!.score! - recency) < 1e-6);
    t.true(Math.abs(active!.ratio! - gap / recency) < 1e-4 * (gap / recency));
    t.is(simple!.ratio, 1);
  }
});

test('a rest in hard times makes one look better than it is, or worse', async (t) => {
  let fails = false;
  const scene = new Scene(byRecency, {
    predict: ({ columns }) => {
      if (fails) throw new Error('no idea');
      return columns.recencyRank.map((rank) => -rank);
    },
  });
  const hard = lessonOf(0, 0.1);
  await scene.learn(0, 10);
  fails = true;
  for (let i = 0; i < 10; i++) await scene.contest.learn(hard);
  t.is(scene.contest.serving, 'simple');
  t.is(scene.contest.standings()[1]!.state, 'resting');
  t.deepEqual(scene.changes, []); // that it failed is told by itself
  fails = false;
  scene.nowMs += 3_600_000;
  for (let i = 0; i < 10; i++) await scene.contest.learn(hard);
  t.is(scene.contest.serving, 'active');
  t.is(scene.ratios[1], 1);
  t.deepEqual(scene.changes, []);
});

test('while the chosen one rests, a good challenger waits for ever', async (t) => {
  const dies = { predict: () => new Float32Array(rows).fill(NaN) };
  const scene = new Scene(byRecency, dies, byGap);
  await scene.learn(1, 8);
  t.deepEqual(scene.changes, ['promoted challenger-0']);
  t.is(scene.contest.serving, 'challenger-0');
});

test('a prediction fails with the chosen one, with the simple one, or with both', async (t) => {
  const dies = { predict: () => new Float32Array(1) };
  const { targets: _, weights: __, horizon: ___, ...batch } = lessonOf(1);
  const recency = batch.columns.recencyRank.map((rank) => -rank);
  for (const scene of [new Scene(byRecency, dies), new Scene(dies, dies)]) {
    t.deepEqual(await scene.contest.predict(batch), recency);
    t.deepEqual(await scene.contest.propose(10), new Float64Array(0));
    t.is(scene.contest.serving, 'simple');
  }
});

test('what an order serves is not what its first rows were read', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  for (let round = 0; round < 200; round++) {
    const length = 1 + random.below(30);
    const number = (bound: number) => Float32Array.from({ length }, () => random.below(bound));
    const [scores, targets, weights] = [number(5), number(10), number(4).map((weight) => weight + 1)];
    // A row is as many keys as it weighs: all of them in a list.
    const places = [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]! || a - b);
    const keys = places.flatMap((row) => Array.from({ length: weights[row]! }, () => targets[row]!));
    const room = 1 + random.below(keys.length + 5);
    const served = keys.slice(0, room).reduce((sum, reads) => sum + reads, 0) / 100;
    const lesson = { ...lessonOf(0), rows: length, targets, weights, horizon: 100, budget: room };
    t.true(Math.abs(servedWithin(scores, lesson) - served) < 1e-6);
  }
});
