// The plugin record-cost: what costs must be told apart, and what may be kept.
import test from 'ava';
import recordCost from '../plugins/record-cost/index.js';
import { rankCorrelation } from '../bench/predictors/load/ranks.js';
import { createLoad, learnRows, predictRows, walked, type LoadRow } from './support/predicting.js';
import { Random } from './support/random.js';

const create = (settings: Record<string, unknown> = {}) => createLoad(recordCost, settings);

/** Costs by size, of types of which each is dearer than the one before, with noise that doubles some. */
function records(count: number, seed = 5): { rows: LoadRow[]; costs: number[] } {
  const random = new Random(seed);
  const row = () => ({ bytes: 50 + random.below(5000), type: random.below(6), complexity: random.below(40) });
  const rows = Array.from({ length: count }, row);
  const costs = rows.map(({ bytes, type, complexity }) => (bytes * (1 + type) + 20 * complexity) * (1 + random.below(100) / 100));
  return { rows, costs };
}

test('dear records are not told from cheap ones', async (t) => {
  const { rows, costs } = records(5000);
  const predicted = await walked(create(), rows, costs);
  t.true(rankCorrelation(predicted.slice(500), costs.slice(500)) > 0.9);
});

test('sizes whose cost is out of line are judged by the line', async (t) => {
  const random = new Random(9);
  const rows = Array.from({ length: 4000 }, () => ({ bytes: 100 + random.below(2000), type: 0 }));
  const costs = rows.map(({ bytes }) => (bytes > 1000 && bytes < 1200 ? 50_000 : bytes));
  const predictor = create();
  await learnRows(predictor, rows, costs);
  const [inside, outside] = await predictRows(predictor, [{ bytes: 1100, type: 0 }, { bytes: 1500, type: 0 }]);
  t.true(inside! > 10 * outside!, `${inside} ${outside}`);
});

test('a type that has not been seen costs nothing', async (t) => {
  const { rows, costs } = records(2000);
  const predictor = create();
  await learnRows(predictor, rows, costs);
  const [small, large] = await predictRows(predictor, [{ bytes: 100, type: 99 }, { bytes: 4000, type: 99 }]);
  t.true(small! > 0 && large! > 5 * small!, `${small} ${large}`);
});

test('predictions are not in the unit of the costs', async (t) => {
  const { rows, costs } = records(6000);
  const predicted = await walked(create(), rows, costs);
  const sum = (numbers: number[]) => numbers.slice(1000).reduce((a, b) => a + b, 0);
  const ratio = sum(predicted) / sum(costs);
  t.true(ratio > 0.95 && ratio < 1.05, String(ratio));
});

test('a change of what a type costs is not followed', async (t) => {
  const rows = Array.from({ length: 3000 }, (_, at) => ({ bytes: 500, type: at % 2 }));
  const costs = rows.map(({ type }, at) => (type === 0 ? 10 : at < 1500 ? 20 : 200));
  const predictor = create();
  await learnRows(predictor, rows, costs);
  const [same, dearer] = await predictRows(predictor, rows.slice(0, 2));
  t.true(dearer! > 8 * same!, `${same} ${dearer}`);
});

test('what is unknown, impossible or free makes predictions that are no numbers', async (t) => {
  const predictor = create();
  t.deepEqual(await predictRows(predictor, [{}, { bytes: 5 }]), [0, 0]);
  const odd: LoadRow = { bytes: Infinity, type: -7, complexity: NaN };
  const rows: LoadRow[] = [{}, { bytes: NaN, type: 1.5 }, odd, { bytes: 0, type: 2 ** 24 }];
  for (const cost of [0, NaN, -1, Infinity, 1e-30, 1e30, 5, 0]) await learnRows(predictor, rows, rows.map(() => cost));
  const predicted = await predictRows(predictor, [...rows, { bytes: 1e12, type: 3 }]);
  t.true(predicted.every((one) => one >= 0 && Number.isFinite(one)), String(predicted));
});

test('more means than allowed are kept', async (t) => {
  const { rows, costs } = records(3000);
  const predictor = create({ maxCells: 16 });
  await learnRows(predictor, rows, costs);
  const { length } = await predictor.save!();
  await learnRows(predictor, rows.map(({ bytes, type }) => ({ bytes: bytes!, type: type! + 1000 })), costs);
  t.is((await predictor.save!()).length, length);
  t.true(length < 1000);
  t.throws(() => create({ maxCells: 1 }), { instanceOf: RangeError });
});

test('what was learned is another thing after a restart', async (t) => {
  const { rows, costs } = records(1500);
  const [before, after] = [create(), create()];
  await learnRows(before, rows, costs);
  await after.load!(await before.save!());
  t.deepEqual(await walked(after, rows, costs), await walked(before, rows, costs));
  t.deepEqual(await after.save!(), await before.save!());
});

test('damaged state is taken for good', async (t) => {
  const { rows, costs } = records(100);
  const predictor = create();
  await learnRows(predictor, rows, costs);
  const saved = Buffer.from(await predictor.save!());
  const random = new Random(4);
  for (let i = 0; i < 100; i++) {
    const at = random.below(saved.length);
    t.throws(() => void create().load!(Buffer.from(saved.map((byte, place) => (place === at ? byte ^ 1 : byte)))));
    t.throws(() => void create().load!(random.bytes(random.below(300))));
    t.throws(() => void create().load!(saved.subarray(0, at)));
  }
});
