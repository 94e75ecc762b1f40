// The plugin gradient-boosted-load: what costs must be told apart, what must not disturb it, and what it may keep.
import test from 'ava';
import gradientBoosted from '../plugins/gradient-boosted/load/index.js';
import { rankCorrelation } from '../bench/predictors/load/ranks.js';
import type { LoadPredictor } from '../src/predictor/index.js';
import {
  createLoad,
  errorFrom,
  lastValueError,
  learnRows,
  predictRows,
  seriesRows,
  walked,
  type LoadRow,
} from './support/predicting.js';
import { Random } from './support/random.js';

const create = (settings: Record<string, unknown> = {}): LoadPredictor => createLoad(gradientBoosted, settings);

/** Costs by size, dearer for later types, three times as much where the queue is long, with noise that doubles some. */
function records(count: number, seed = 5): { rows: LoadRow[]; costs: number[] } {
  const random = new Random(seed);
  const row = () => ({ source: 1, bytes: 50 + random.below(5000), type: random.below(6), queueDepth: random.below(100) });
  const rows = Array.from({ length: count }, row);
  const dear = (depth: number): number => (depth > 50 ? 3 : 1);
  const costs = rows.map(({ bytes, type, queueDepth }) => bytes * (1 + type) * dear(queueDepth) * (1 + random.below(100) / 100));
  return { rows, costs };
}

/** In lessons of so many rows. */
async function taught(predictor: LoadPredictor, rows: readonly LoadRow[], costs: readonly number[], length = 500): Promise<void> {
  for (let at = 0; at < rows.length; at += length)
    await learnRows(predictor, rows.slice(at, at + length), costs.slice(at, at + length));
}

test('dear records are not told from cheap ones', async (t) => {
  const { rows, costs } = records(3000);
  const predicted = await walked(create(), rows, costs);
  const correlation = rankCorrelation(predicted.slice(500), costs.slice(500));
  t.true(correlation > 0.9, String(correlation));
  const sum = (numbers: number[]) => numbers.slice(1000).reduce((a, b) => a + b, 0);
  const ratio = sum(predicted) / sum(costs);
  t.true(ratio > 0.93 && ratio < 1.07, `sums: ${ratio}`);
});

test('nothing is known before trees have grown', async (t) => {
  const predictor = create();
  const rows = [{}, { lastCost: 5 }, { lastCost: 5, typeCost: 7 }];
  t.deepEqual(await predictRows(predictor, rows), [0, 5, 7]);
  await learnRows(predictor, [{ source: 3 }], [40]);
  t.deepEqual(await predictRows(predictor, [{ source: 3 }]), [40]);
});

test('sources of other sizes are not learned beside each other', async (t) => {
  const { rows, costs } = records(4000);
  for (const [at, row] of rows.entries()) row.source = at % 2;
  const scaled = costs.map((cost, at) => cost * (at % 2 === 0 ? 1e-3 : 1e6));
  const predictor = create();
  await taught(predictor, rows, scaled);
  const asked = records(600, 8);
  for (const source of [0, 1]) {
    for (const row of asked.rows) row.source = source;
    const predicted = await predictRows(predictor, asked.rows);
    t.true(rankCorrelation(predicted, asked.costs) > 0.9, `source ${source}`);
    const ratio = predicted.reduce((a, b) => a + b, 0) / asked.costs.reduce((a, b) => a + b, 0) / (source === 0 ? 1e-3 : 1e6);
    t.true(ratio > 0.8 && ratio < 1.25, `source ${source}: ${ratio}`);
  }
});

test('a random walk is foretold worse than by its last value', async (t) => {
  const random = new Random(7);
  let level = 1000;
  const values = Array.from({ length: 1500 }, () => (level = Math.max(0, level + random.below(2001) / 100 - 10)));
  const predicted = await walked(create(), seriesRows(values, 60), values);
  const [own, last] = [errorFrom(150, predicted, values), lastValueError(150, values)];
  t.true(own < 1.03 * last, `${own}, last value ${last}`);
});

test('a daily wave is not seen in the time of day', async (t) => {
  const random = new Random(9);
  const values = Array.from({ length: 1500 }, (_, at) => (at % 24 < 12 ? 100 : 300) + random.below(20));
  const predicted = await walked(create(), seriesRows(values, 3600), values);
  const [own, last] = [errorFrom(500, predicted, values), lastValueError(500, values)];
  t.true(own < 0.75 * last, `${own}, last value ${last}`);
});

test('one wild cost spoils what is foretold', async (t) => {
  const { rows, costs } = records(3000);
  const predictor = create();
  await taught(predictor, rows, costs.map((cost, at) => (at === 1500 ? 1e30 : cost)));
  const asked = records(600, 8);
  const predicted = await predictRows(predictor, asked.rows);
  t.true(rankCorrelation(predicted, asked.costs) > 0.9);
  t.true(Math.max(...predicted) < 10 * Math.max(...asked.costs));
});

test('what is unknown, impossible or free makes predictions that are no numbers', async (t) => {
  const predictor = create();
  const unknown = { source: NaN, complexity: NaN, lastCost: NaN, seconds: Infinity };
  const odd: LoadRow = { ...unknown, bytes: Infinity, type: -7, typeCost: Infinity };
  const rows: LoadRow[] = [{}, odd, { source: Infinity }, { source: 1, bytes: 5, lastCost: 3e38, typeCost: 1e-38 }];
  for (const cost of [0, NaN, -1, Infinity, 1e-30, 3e38, 5, 0])
    for (let round = 0; round < 60; round++) await learnRows(predictor, rows, rows.map(() => cost));
  const predicted = await predictRows(predictor, [...rows, { source: 2, bytes: 1e12, type: 3 }]);
  t.true(predicted.every((one) => one >= 0 && Number.isFinite(one)), String(predicted));
  await t.notThrowsAsync(async () => create().load!(await predictor.save!()), 'what it saved cannot be loaded');
  const free = create();
  await taught(free, records(600).rows, records(600).costs.fill(0));
  t.deepEqual(await predictRows(free, records(5).rows), [0, 0, 0, 0, 0]);
});

test('state grows with the sources, or with the rows', async (t) => {
  const { rows, costs } = records(4000);
  const predictor = create({ maxSources: 8, keptRows: 1000 });
  const saved: number[] = [];
  for (let round = 0; round < 4; round++) {
    for (const [at, row] of rows.entries()) row.source = 100 * round + (at % 40);
    await taught(predictor, rows, costs);
    saved.push((await predictor.save!()).length);
  }
  t.true(Math.max(...saved) < 50_000, String(saved));
});

test('what was learned is another thing after a restart, or is lost soon after', async (t) => {
  const { rows, costs } = records(3000);
  const [before, after] = [create(), create()];
  await taught(before, rows, costs);
  await after.load!(await before.save!());
  const asked = records(300, 8);
  t.deepEqual(await predictRows(after, asked.rows), await predictRows(before, asked.rows));
  t.deepEqual(await after.save!(), await before.save!());
  await taught(after, rows.slice(0, 150), costs.slice(0, 150));
  const predicted = await predictRows(after, asked.rows);
  const correlation = rankCorrelation(predicted, asked.costs);
  t.true(correlation > 0.975, `trees of few rows took the place of those of many: ${correlation}`);
});

test('damaged state is taken for good, or a failed load leaves traces', async (t) => {
  const { rows, costs } = records(600);
  const predictor = create();
  await taught(predictor, rows, costs);
  const saved = Buffer.from(await predictor.save!());
  const asked = rows.slice(0, 50);
  const same = await predictRows(predictor, asked);
  const random = new Random(4);
  for (let i = 0; i < 60; i++) {
    const at = random.below(saved.length);
    t.throws(() => void predictor.load!(Buffer.from(saved.map((byte, place) => (place === at ? byte ^ 1 : byte)))));
    t.throws(() => void predictor.load!(random.bytes(random.below(300))));
    t.throws(() => void predictor.load!(saved.subarray(0, at)));
  }
  t.deepEqual(await predictRows(predictor, asked), same);
});

test('trees that were cut short take the place of whole ones', async (t) => {
  const { rows, costs } = records(6000);
  let over = false;
  const predictor = gradientBoosted.create({ seed: 1, settings: {}, shouldStop: () => over });
  await taught(predictor, rows.slice(0, 3000), costs.slice(0, 3000), 250);
  over = true;
  await taught(predictor, rows.slice(3000), costs.slice(3000), 250);
  const asked = records(600, 8);
  t.true(rankCorrelation(await predictRows(predictor, asked.rows), asked.costs) > 0.93);
});
