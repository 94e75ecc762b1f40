// Settings of the bundled predictors: what there is not, and what cannot be, is refused by name when a predictor is created.
import test from 'ava';
import { numberFrom, numbersFrom, settingsOf, wholeFrom } from '../plugins/common/settings.js';
import gradientBoosted from '../plugins/gradient-boosted/index.js';
import { bundled } from '../plugins/index.js';
import { columnsOf, type AccessColumn, type AccessLesson, type Predictor } from '../src/predictor/index.js';

type Given = Readonly<Record<string, unknown>>;

const create = async (name: keyof typeof bundled, settings: Given): Promise<unknown> => {
  const { default: definition } = (await bundled[name]()) as { readonly default: Predictor };
  return definition.create({ seed: 1, settings, shouldStop: () => false });
};

const ofTrees: readonly Given[] = [
  { trees: 0 },
  { trees: 1.5 },
  { trees: 10_001 },
  { leaves: 1 },
  { leaves: '8' },
  { learningRate: 0 },
  { learningRate: NaN },
  { minHessian: -1 },
  { trainEvery: 0 },
];
const ofRemotes: readonly Given[] = [
  { url: 'https://127.0.0.1:7431' },
  { url: 'http://127.0.0.1:7431/path' },
  { url: 7431 },
  { timeoutMs: 9 },
  { timeoutMs: '100' },
  { settings: [] },
];
const impossible: { readonly [Name in keyof typeof bundled]: readonly Given[] } = {
  'decaying-average': [],
  'ensemble': [],
  'successor': [],
  'failure-hazard': [{ maxNodes: 65_537 }, { firstRatePerDay: 0 }, { shapes: [] }, { shapes: [1.5] }, { halfLivesDays: 7 }],
  'gradient-boosted': [...ofTrees, { targetMax: 0 }, { latest: 0 }, { earlier: -1 }, { models: 101 }, { models: null }],
  'gradient-boosted-load': [...ofTrees, { keptRows: 100 }, { keptRows: 2 ** 21 }, { maxSources: Infinity }, { maxSources: true }],
  'holt-winters': [{ maxSources: 0 }, { maxSources: 2.5 }, { maxSources: {} }, { maxSources: 10n }],
  'remote': ofRemotes,
  'remote-failure': ofRemotes,
  'remote-load': ofRemotes,
  'record-cost': [{ maxCells: 15 }, { maxCells: '100' }],
  'return-rate': [],
};

for (const [name, wrong] of Object.entries(impossible) as [keyof typeof bundled, readonly Given[]][])
  test(`${name} takes settings that there are not, or that cannot be`, async (t) => {
    await t.notThrowsAsync(async () => create(name, {}));
    await t.throwsAsync(async () => create(name, { maxSorces: 5 }), { instanceOf: RangeError, message: /no setting "maxSorces"/ });
    await t.throwsAsync(async () => create(name, { toString: 5 }), { instanceOf: RangeError, message: /no setting "toString"/ });
    for (const settings of wrong) {
      const message = new RegExp(`^${Object.keys(settings)[0]} must be a.*, got `);
      await t.throwsAsync(async () => create(name, settings), { instanceOf: RangeError, message });
    }
  });

test('a plugin of this package is not among those whose settings are tried', (t) => {
  t.deepEqual(Object.keys(impossible).toSorted(), Object.keys(bundled).toSorted());
});

test('what is given is not taken, or what is left out has no default', (t) => {
  const table = { rate: numberFrom(0, 1, 0.5), count: wholeFrom(1, 9, 3), list: numbersFrom(2, 0, 1, [0.1]) };
  t.deepEqual(settingsOf(table, {}), { rate: 0.5, count: 3, list: [0.1] });
  t.deepEqual(settingsOf(table, { rate: 1, count: undefined, list: [0, 1] }), { rate: 1, count: 3, list: [0, 1] });
  const message = 'list must be a list of 1 to 2 numbers from 0 to 1, got [ 0, 1, 0 ]';
  t.throws(() => settingsOf(table, { list: [0, 1, 0] }), { message });
  t.throws(() => settingsOf(table, { other: 1 }), { message: 'there is no setting "other"; there are rate, count, list' });
  t.throws(() => settingsOf({}, { other: 1 }), { message: 'there is no setting "other"; there are none' });
});

/** Keys of which those at even places are read, or those at odd ones. */
function lessonOf(readAt: 0 | 1): AccessLesson<AccessColumn> {
  const rows = 400;
  const column = (): Float32Array => Float32Array.from({ length: rows }, (_, row) => row % 2);
  const columns = Object.fromEntries(columnsOf('access').map((name) => [name, column()])) as Record<AccessColumn, Float32Array>;
  const targets = Float32Array.from({ length: rows }, (_, row) => (row % 2 === readAt ? 2 : 0));
  const weights = new Float32Array(rows).fill(1);
  return { rows, columns, keys: new Float64Array(rows), budget: 100, horizon: 1000, targets, weights };
}

test('with few lessons to be kept, the latest is the one that goes', async (t) => {
  const settings = { latest: 1, earlier: 0, trainEvery: 1, models: 1 };
  const predictor = gradientBoosted.create({ seed: 1, settings, shouldStop: () => false });
  for (const readAt of [0, 0, 1] as const) await predictor.learn!(lessonOf(readAt));
  const [even, odd] = await predictor.predict(lessonOf(0));
  t.true(odd! > 2 * even!, `${even} ${odd}`);
});
