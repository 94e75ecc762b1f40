// failure-hazard: rates of nodes, the hazard after a failure, and state that cannot be trusted.
import test from 'ava';
import failureHazard from '../plugins/failure-hazard/index.js';
import { digamma, posteriorMean, refit, trigamma } from '../plugins/failure-hazard/prior.js';
import { Whole } from '../plugins/failure-hazard/whole.js';
import type { FailurePredictor } from '../src/predictor/index.js';
import { Random, seed } from './support/random.js';

const day = 86_400;
const hour = 3600;

interface Row {
  readonly node: number;
  readonly seconds?: number;
  readonly interval?: number;
  readonly observed?: number;
  readonly sinceFailure?: number;
  readonly failures?: number;
}

const create = (settings: Record<string, unknown> = {}): FailurePredictor =>
  failureHazard.create({ seed: 1, settings, shouldStop: () => false });

const batchOf = (rows: readonly Row[]) => ({
  rows: rows.length,
  columns: {
    node: Float32Array.from(rows, ({ node }) => node),
    seconds: Float32Array.from(rows, ({ seconds = 0 }) => seconds),
    interval: Float32Array.from(rows, ({ interval = day }) => interval),
    observed: Float32Array.from(rows, ({ observed = 0 }) => observed),
    sinceFailure: Float32Array.from(rows, ({ sinceFailure = -1 }) => sinceFailure),
  },
});

const lessonOf = (rows: readonly Row[]) => ({
  ...batchOf(rows),
  targets: Float32Array.from(rows, ({ failures = 0 }) => failures),
  weights: new Float32Array(rows.length).fill(1),
});

const expected = async (predictor: FailurePredictor, row: Row): Promise<number> => (await predictor.predict(batchOf([row])))[0]!;

/** How many failures a node has on a day. */
type FailuresOf = (node: number, at: number) => number;

/** Lets nodes live, and the predictor learn each day. */
async function liveThrough(predictor: FailurePredictor, nodes: number, days: number, failuresOf: FailuresOf): Promise<void> {
  const failedAt = new Map<number, number>();
  for (let at = 0; at < days; at++) {
    const rows = Array.from({ length: nodes }, (_, node): Row => {
      const last = failedAt.get(node);
      const failures = failuresOf(node, at);
      if (failures > 0) failedAt.set(node, at);
      const sinceFailure = last === undefined ? -1 : (at - last - 0.5) * day;
      return { node, seconds: at * day, observed: at * day, sinceFailure, failures };
    });
    await predictor.learn!(lessonOf(rows));
  }
}

/** From 0 to below 1. */
const uniform = (random: Random) => random.below(2 ** 30) / 2 ** 30;

/** Poisson's, by the product of uniform numbers. */
function poisson(random: Random, mean: number): number {
  let count = 0;
  for (let left = uniform(random); left > Math.exp(-mean); left *= uniform(random)) count++;
  return count;
}

/** Gamma of a whole shape and mean 1. */
const gamma = (random: Random, shape: number) =>
  Array.from({ length: shape }, () => -Math.log(1 - uniform(random)) / shape).reduce((a, b) => a + b);

test('a node without failures is held for immortal', async (t) => {
  const predictor = create();
  t.true((await expected(predictor, { node: 7 })) > 0, 'before any lesson');
  await liveThrough(predictor, 10, 1500, () => 0);
  const quiet = await expected(predictor, { node: 3, seconds: 1500 * day, observed: 1500 * day });
  t.true(quiet > 0 && quiet < 1 / 300, `${quiet}`);
  t.true((await expected(predictor, { node: 99, seconds: 1500 * day })) > 0, 'a new node');
});

test('years without a failure make expectations fade to nothing', async (t) => {
  const predictor = create();
  const rows = (at: number): Row[] => [{ node: 1, seconds: at * day, observed: at * day }];
  const days = 60_000;
  for (let at = 0; at < days; at++) await predictor.learn!(lessonOf(rows(at)));
  const found = await expected(predictor, rows(days)[0]!);
  t.true(found > 0.02 / days && found < 1 / 1000, `${found}`);
});

test('what takes all nodes at once is not expected of those that have been quiet for long', (t) => {
  const whole = new Whole(1 / 30);
  for (let at = 0; at < 2000; at++) {
    for (let node = 0; node < 50; node++) whole.add(1e-5, day, Number(at % 100 === 99));
    whole.learn(at * day, 1);
  }
  const found = whole.expect(1e-5, day);
  t.true(found > 1 / 200 && found < 1 / 50, `${found} of 1 / 100`);
});

test('a node that fails often is taken for the average', async (t) => {
  const predictor = create();
  await liveThrough(predictor, 40, 400, (node, at) => Number(node === 0 ? at % 2 === 0 : (at + 10 * node) % 400 === 0));
  const row = { seconds: 400 * day, observed: 400 * day, sinceFailure: 30 * day };
  const [often, seldom] = [await expected(predictor, { ...row, node: 0 }), await expected(predictor, { ...row, node: 1 })];
  t.true(often > 20 * seldom, `${often} and ${seldom}`);
});

test('a node that was never seen is not taken for one of the others', async (t) => {
  const predictor = create({ shapes: [1] });
  await liveThrough(predictor, 50, 200, (node, at) => Number((at + 7 * node) % 20 === 0));
  const fresh = await expected(predictor, { node: 1000, seconds: 200 * day });
  t.true(Math.abs(fresh - 0.05) < 0.01, `${fresh}`);
});

test('after a crash the next is expected no sooner', async (t) => {
  const random = new Random(1);
  const predictor = create();
  const left = new Map<number, number>();
  await liveThrough(predictor, 100, 500, (node) => {
    const again = left.get(node) ?? 0;
    const fails = uniform(random) < 0.01 + again;
    left.set(node, fails ? 0.4 : again / 2);
    return Number(fails);
  });
  const row = { node: 1, seconds: 500 * day, observed: 500 * day, interval: hour };
  const after = (sinceFailure: number) => expected(predictor, { ...row, sinceFailure });
  const hazards = await Promise.all([hour, day, 10 * day, 100 * day].map(after));
  for (const [at, hazard] of hazards.entries()) t.true(at === 0 || hazard < hazards[at - 1]!, hazards.join(' '));
  t.true(hazards[0]! > 4 * hazards[2]!, hazards.join(' '));
});

test('failures that come evenly are taken for clustered', async (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const predictor = create();
  await liveThrough(predictor, 200, 300, () => poisson(random, 0.1));
  const after = (sinceFailure: number) => expected(predictor, { node: 1, seconds: 300 * day, observed: 300 * day, sinceFailure });
  const ratio = (await after(day)) / (await after(30 * day));
  t.true(ratio < 1.7, `${ratio}`);
});

test('the rate does not follow when failures stop', async (t) => {
  const predictor = create();
  await liveThrough(predictor, 20, 200, (node, at) => Number((at + node) % 4 === 0));
  const row = { node: 1, interval: day, sinceFailure: 4 * day };
  const before = await expected(predictor, { ...row, seconds: 200 * day, observed: 200 * day });
  for (let at = 200; at < 400; at++) {
    const now = { seconds: at * day, observed: at * day, sinceFailure: (at - 198) * day };
    await predictor.learn!(lessonOf(Array.from({ length: 20 }, (_, node) => ({ node, ...now }))));
  }
  const quiet = await expected(predictor, { ...row, seconds: 400 * day, observed: 400 * day, sinceFailure: 202 * day });
  t.true(before > 0.15 && quiet < before / 5, `${before}, ${quiet}`);
});

test('nothing is forgotten any more when time begins to be counted anew', async (t) => {
  const [whole, anew] = [create(), create()];
  const rowsAt = (at: number, seconds: number): Row[] =>
    Array.from({ length: 20 }, (_, node) => {
      const sinceFailure = at < 200 ? 4 * day : (at - 198) * day;
      return { node, seconds, observed: at * day, sinceFailure, failures: Number(at < 200 && (at + node) % 4 === 0) };
    });
  for (let at = 0; at < 400; at++) {
    await whole.learn!(lessonOf(rowsAt(at, at * day)));
    await anew.learn!(lessonOf(rowsAt(at, (at % 150) * day)));
    if (at % 100 === 99) await anew.load!(await anew.save!());
  }
  const expectedOf = (predictor: FailurePredictor, seconds: number) =>
    expected(predictor, { node: 1, seconds, observed: 400 * day, sinceFailure: 202 * day });
  const [one, other] = [await expectedOf(whole, 400 * day), await expectedOf(anew, 100 * day)];
  t.true(Math.abs(other / one - 1) < 0.05, `${one} ${other}`);
});

test('what is not known makes expectations that are no numbers', async (t) => {
  const predictor = create();
  await predictor.learn!(lessonOf([{ node: 1, failures: NaN }]));
  await liveThrough(predictor, 10, 50, (node, at) => Number((at + node) % 9 === 0));
  for (const odd of [-1, NaN, Infinity]) {
    const parts = ['node', 'seconds', 'interval', 'observed', 'sinceFailure', 'failures'].map((name) => ({ node: 1, [name]: odd }));
    await predictor.learn!(lessonOf(parts));
  }
  const rows = [-1, NaN, Infinity, 50 * day].map((seconds) => ({ node: 1, seconds }));
  const found = await predictor.predict(batchOf(rows));
  t.true(found.every((one) => one > 0 && one < 1), String(found));
  await t.notThrowsAsync(async () => predictor.load!(await predictor.save!()));
});

test('an hour and its sixty minutes disagree', async (t) => {
  const predictor = create();
  await liveThrough(predictor, 20, 100, (node, at) => Number((at + node) % 9 === 0));
  for (const sinceFailure of [0, 30, 600, 5 * day]) {
    const row = { node: 1, seconds: 100 * day, observed: 100 * day };
    const whole = await expected(predictor, { ...row, sinceFailure, interval: hour });
    const minutes = Array.from({ length: 60 }, (_, at) => ({ ...row, sinceFailure: sinceFailure + 60 * at, interval: 60 }));
    const sum = (await predictor.predict(batchOf(minutes))).reduce((a, b) => a + b, 0);
    t.true(Math.abs(sum / whole - 1) < 1e-4, `${sinceFailure} s: ${sum} and ${whole}`);
  }
});

test('rates are not those that failures were drawn with', async (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const rates = Array.from({ length: 300 }, () => 0.2 * gamma(random, 2));
  const predictor = create({ shapes: [1], halfLivesDays: [1e5] });
  await liveThrough(predictor, rates.length, 200, (node) => poisson(random, rates[node]!));
  const found = await predictor.predict(batchOf(rates.map((_, node) => ({ node, seconds: 200 * day, observed: 200 * day }))));
  const error = (guess: (node: number) => number) =>
    rates.reduce((sum, rate, node) => sum + (guess(node) - rate) ** 2, 0) / rates.length;
  t.true(Math.sqrt(error((node) => found[node]!)) < 0.05, 'the deviation of 40 failures in 200 days is 0.03');
  t.true(error((node) => found[node]!) < error(() => 0.2) / 4);
});

test('the distribution of rates is not the one that they were drawn from', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const nodes = 4000;
  const counts = Float64Array.from({ length: nodes }, () => poisson(random, 5 * gamma(random, 2)));
  const exposures = new Float64Array(nodes).fill(10);
  const prior = { shape: 0.5, mean: 1 / 30 };
  for (let step = 0; step < 200; step++) refit(prior, counts, exposures, nodes, 1 / 30);
  t.true(Math.abs(prior.mean - 0.5) < 0.05 && prior.shape > 1.6 && prior.shape < 2.5, JSON.stringify(prior));
  t.true(posteriorMean(0, 10, prior) > 0 && posteriorMean(0, 10, prior) < prior.mean);
  t.true(Math.abs(digamma(1) + 0.5772156649) < 1e-8 && Math.abs(trigamma(1) - Math.PI ** 2 / 6) < 1e-6);
});

test('what was learned is lost between processes', async (t) => {
  const [first, second] = [create(), create()];
  await liveThrough(first, 30, 60, (node, at) => Number((at + node) % 11 === 0));
  await second.load!(await first.save!());
  const rows = batchOf(Array.from({ length: 31 }, (_, node) => ({ node, seconds: 70 * day, observed: 70 * day })));
  t.deepEqual(await second.predict(rows), await first.predict(rows));
  t.deepEqual(await second.save!(), await first.save!());
  const empty = create();
  await t.notThrowsAsync(async () => empty.load!(await create().save!()));
});

test('damaged state is taken for good', async (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const predictor = create();
  await liveThrough(predictor, 5, 20, (node, at) => Number((at + node) % 11 === 0));
  const state = await predictor.save!();
  const refuses = (bytes: Uint8Array, what: string) => t.throws(() => void create().load!(bytes), undefined, what);
  for (let round = 0; round < 300; round++) {
    const damaged = state.slice();
    const at = random.below(damaged.length);
    damaged[at]! ^= 1 << random.below(8);
    refuses(damaged, `a bit of byte ${at}`);
    refuses(state.slice(0, random.below(state.length)), 'cut off');
    refuses(new Uint8Array(random.bytes(random.below(2000))), 'noise');
  }
  for (const settings of [{ shapes: [1] }, { shapes: [0.3, 0.5, 0.7, 0.85, 0.9] }, { halfLivesDays: [7, 60] }])
    t.throws(() => void create(settings).load!(state), { message: /other settings/ });
  t.throws(() => void create({ maxNodes: 4 }).load!(state), { message: /5 where 0 to 4/ }, 'more nodes than are kept');
  const saved = await predictor.save!();
  t.throws(() => void predictor.load!(state.slice(0, -1)));
  t.deepEqual(await predictor.save!(), saved, 'a failed load leaves traces');
});

test('more nodes than allowed are kept', async (t) => {
  const predictor = create({ maxNodes: 100 });
  const lesson = (first: number, seconds: number, failures: number) =>
    predictor.learn!(lessonOf(Array.from({ length: 50 }, (_, at) => ({ node: first + at, seconds, failures }))));
  await lesson(0, 0, 9);
  const bytes: number[] = [];
  for (let round = 1; round < 20; round++) {
    await lesson(50 * round, round * day, 0);
    bytes.push((await predictor.save!()).length);
  }
  t.is(new Set(bytes).size, 1, 'the state grows');
  const of = (node: number) => expected(predictor, { node, seconds: 20 * day, sinceFailure: day });
  t.is(await of(0), await of(5000), 'the oldest is still there');
  t.not(await of(999), await of(5000), 'the latest is gone');
});
