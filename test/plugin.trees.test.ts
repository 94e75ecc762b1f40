// Gradient-boosted trees: bins, splits beside a plain reference, losses, and models as bytes.
import test from 'ava';
import { Binner, cutPoints, type Rows } from '../plugins/gradient-boosted/trees/bins.js';
import { FewLeaves } from '../plugins/gradient-boosted/trees/few_leaves.js';
import { decode } from '../plugins/gradient-boosted/trees/format.js';
import { train, TreeModel, type LossName, type TrainExtra, type TreeOptions } from '../plugins/gradient-boosted/trees/index.js';
import { addTree } from '../plugins/gradient-boosted/trees/tree.js';
import { bestSplit, grown, type Reference } from './support/plain-trees.js';
import { Random, seed } from './support/random.js';

const losses: readonly LossName[] = ['squared', 'poisson', 'logistic'];
const share = (random: Random): number => random.below(1e6) / 1e6;

/** Rows of random columns, one in ten values missing if asked for. */
function rowsOf(random: Random, rows: number, columns: number, missing = false): Rows {
  const value = () => (missing && random.below(10) === 0 ? NaN : share(random));
  return { rows, columns: Array.from({ length: columns }, () => Float32Array.from({ length: rows }, value)) };
}

const targetsOf = ({ rows }: Rows, of: (row: number) => number): Float32Array =>
  Float32Array.from({ length: rows }, (_, row) => of(row));

/** A target for each loss that depends on the first two columns. */
function targetsFor(loss: LossName, data: Rows, random: Random): Float32Array {
  const [first, second] = data.columns as [Float32Array, Float32Array];
  const signal = (row: number) => 2 * (first[row]! || 0) + (second[row]! > 0.5 ? 1 : 0);
  if (loss === 'logistic') return targetsOf(data, (row) => (signal(row) + share(random) > 2 ? 1 : 0));
  return targetsOf(data, (row) => (loss === 'poisson' ? Math.floor(signal(row) * 2 * share(random)) : signal(row) + share(random)));
}

function binsOf(column: Float32Array, bins: number): Uint8Array {
  const binner = new Binner([cutPoints(column, column.length, bins)]);
  const bytes = new Uint8Array(column.length * binner.stride);
  binner.bin([column], 0, column.length, bytes);
  return bytes.filter((_, at) => at % binner.stride === 0);
}

const meanOf = (numbers: Float32Array): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const squaredError = (model: TreeModel, data: Rows, targets: Float32Array): number =>
  model.predict(data).reduce((sum, response, row) => sum + (response - targets[row]!) ** 2, 0) / data.rows;

test('bins are not monotone, or there are too many', (t) => {
  const random = new Random(seed);
  const heavy = (one: Random) => 1 / (share(one) + 1e-6);
  const shapes = [share, heavy, (one: Random) => one.below(7), (one: Random) => one.below(300) ** 3 - 1e6];
  for (const shape of shapes)
    for (const bins of [2, 3, 16, 17, 255]) {
      const column = Float32Array.from({ length: 3000 }, () => shape(random)).toSorted();
      const cuts = cutPoints(column, column.length, bins);
      t.true(cuts.length < bins);
      t.true(cuts.every((cut, i) => i === 0 || cut > cuts[i - 1]!));
      const of = binsOf(column, bins);
      t.true(of.every((bin, i) => bin >= 1 && (i === 0 || bin >= of[i - 1]!)), `seed ${seed}`);
      if (new Set(column).size <= bins) t.is(new Set(of).size, new Set(column).size);
    }
});

test('odd numbers have no bin', (t) => {
  const column = Float32Array.of(NaN, -Infinity, -3.4e38, -1e-45, -0, 0, 1e-45, 1, Math.fround(1.0000001), 3.4e38, Infinity);
  t.deepEqual([...binsOf(column, 255)], [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9]);
  t.deepEqual([...binsOf(new Float32Array(5).fill(NaN), 255)], [0, 0, 0, 0, 0]);
  t.deepEqual([...binsOf(new Float32Array(5).fill(7), 2)], [1, 1, 1, 1, 1]);
});

test('the tails of a column share one bin', (t) => {
  const column = Float32Array.from({ length: 20_000 }, (_, i) => Math.exp(i / 1000));
  const bins = binsOf(column, 255);
  t.true(new Set(bins.subarray(0, 100)).size >= 8, 'the lowest 0.5 %');
  t.true(new Set(bins.subarray(-100)).size >= 8, 'the highest 0.5 %');
  t.true(new Set(bins).size > 240);
});

test('a value that most rows have leaves no bins for the others', (t) => {
  const column = Float32Array.from({ length: 20_000 }, (_, i) => (i < 18_000 ? 0 : i));
  t.true(new Set(binsOf(column, 255)).size > 200);
});

test('a split is not the best one', (t) => {
  const random = new Random(seed);
  for (let round = 0; round < 40; round++) {
    const data = rowsOf(random, 60 + random.below(100), 1 + random.below(6), round % 2 === 0);
    const targets = targetsOf(data, () => random.below(1000) / 100);
    const options: Reference = { lambda: random.below(3), minHessian: 1 + random.below(10), learningRate: 1, leaves: 2 };
    const model = train(data, targets, { loss: 'squared', trees: 1, ...options });
    const residuals = Float64Array.from(targets, (target) => target - meanOf(targets));
    const best = bestSplit(data, residuals, [...residuals.keys()], options);
    const gained = model.importance().reduce((sum, gain) => sum + gain, 0);
    t.true(Math.abs(gained - best.gain / 2) <= 1e-5 * (1 + best.gain), `seed ${seed}: gained ${gained} of ${best.gain / 2}`);
  }
});

test('a tree is not grown best leaf first', (t) => {
  const random = new Random(seed);
  for (let round = 0; round < 10; round++) {
    const data = rowsOf(random, 150, 5, true);
    const targets = targetsFor('squared', data, random);
    const options: Reference = { lambda: 1, minHessian: 3, learningRate: 0.5, leaves: 2 + random.below(12) };
    const responses = train(data, targets, { loss: 'squared', trees: 1, ...options }).predict(data);
    const expected = grown(data, targets, options);
    for (const [row, response] of responses.entries())
      t.true(Math.abs(response - expected[row]!) < 1e-4, `seed ${seed}, row ${row}`);
  }
});

test('a step function is not found', (t) => {
  const data = rowsOf(new Random(1), 250, 5);
  const targets = targetsOf(data, (row) => (data.columns[3]![row]! > 0.3 ? 5 : -1));
  const model = train(data, targets, { loss: 'squared', trees: 1, leaves: 2, learningRate: 1, lambda: 0 });
  t.true(squaredError(model, data, targets) < 1e-9);
  t.deepEqual([...model.importance()].map((gain) => gain > 0), [false, false, false, true, false]);
});

test('deeper trees are grown than allowed', (t) => {
  const data = rowsOf(new Random(2), 3000, 3);
  const targets = targetsFor('squared', data, new Random(3));
  const options = { loss: 'squared', trees: 1, learningRate: 1 } as const;
  t.true(new Set(train(data, targets, { ...options, leaves: 64, maxDepth: 3 }).predict(data)).size <= 8);
  t.is(new Set(train(data, targets, { ...options, leaves: 20 }).predict(data)).size, 20);
  const weights = new Float32Array(3000).fill(1);
  t.is(train(data, targets, { ...options, minHessian: 1501 }, { weights }).importance().reduce((sum, gain) => sum + gain), 0);
});

for (const loss of losses) {
  test(`little is learned: ${loss}`, (t) => {
    const random = new Random(4);
    const [data, fresh] = [rowsOf(random, 3000, 6, true), rowsOf(random, 1000, 6, true)];
    const [targets, freshTargets] = [targetsFor(loss, data, random), targetsFor(loss, fresh, random)];
    const model = train(data, targets, { loss, leaves: 8 });
    const mean = meanOf(targets);
    const spread = freshTargets.reduce((sum, target) => sum + (target - mean) ** 2, 0) / fresh.rows;
    t.true(squaredError(model, fresh, freshTargets) < 0.75 * spread, `${squaredError(model, fresh, freshTargets)} of ${spread}`);
  });

  test(`the same seed grows other trees: ${loss}`, (t) => {
    const random = new Random(5);
    const data = rowsOf(random, 800, 7, true);
    const targets = targetsFor(loss, data, random);
    const saved = (seedOfTrees: number) => {
      const earlyStopping = { holdout: 0.2, rounds: 50 };
      const options = { loss, trees: 12, leaves: 9, rowShare: 0.7, columnShare: 0.6, seed: seedOfTrees, earlyStopping };
      return train(data, targets, options).save();
    };
    t.deepEqual(saved(7), saved(7));
    t.notDeepEqual(saved(7), saved(8));
  });

  test(`weights count for nothing: ${loss}`, (t) => {
    const random = new Random(6);
    const data = rowsOf(random, 250, 3);
    const targets = targetsFor(loss, data, random);
    const times = Array.from({ length: data.rows }, () => random.below(4));
    const repeated = times.flatMap((count, row) => Array.from({ length: count }, () => row));
    const columns = data.columns.map((column) => Float32Array.from(repeated, (row) => column[row]!));
    const many = { rows: repeated.length, columns };
    const options = { loss, trees: 10, leaves: 6 };
    const weighted = train(data, targets, options, { weights: Float32Array.from(times) }).predict(data);
    const plain = train(many, Float32Array.from(repeated, (row) => targets[row]!), options).predict(data);
    const used = times.flatMap((count, row) => (count > 0 ? [row] : []));
    const error = used.reduce((sum, row) => sum + Math.abs(weighted[row]! - plain[row]!), 0) / used.length;
    t.true(error < 1e-3 * (1 + Math.abs(meanOf(targets))), `${error}`);
  });

  test(`a margin to start from is not used: ${loss}`, (t) => {
    const random = new Random(8);
    const data = rowsOf(random, 600, 3);
    const base = Float32Array.from({ length: 600 }, (_, row) => (row % 2 === 0 ? -1 : 1));
    const targets = targetsOf(data, (row) => (loss === 'squared' ? base[row]! : base[row]! > 0 ? 1 : 0));
    const model = train(data, targets, { loss, trees: 5 }, { base });
    const margins = model.margins(data, undefined, base);
    t.true(margins.every((margin, row) => Math.abs(margin - model.margins(data)[row]! - base[row]!) < 1e-5));
    const responses = model.predict(data, undefined, base);
    const [low, high] = [-1, 1].map((of) => meanOf(responses.filter((_, row) => base[row] === of)));
    t.true(high! - low! > 0.3, `${low} and ${high}`);
  });
}

test('poisson rates are biased', (t) => {
  const random = new Random(9);
  const data = rowsOf(random, 4000, 4);
  const rate = (row: number) => 0.02 + 3 * data.columns[0]![row]! ** 4;
  const hits = (row: number) => Array.from({ length: 20 }, () => share(random)).filter((drawn) => drawn < rate(row) / 20).length;
  const targets = targetsOf(data, hits);
  const rates = train(data, targets, { loss: 'poisson', leaves: 8 }).predict(data);
  t.true(Math.abs(meanOf(rates) / meanOf(targets) - 1) < 0.02, `${meanOf(rates)} for ${meanOf(targets)}`);
  const [low, high] = [(row: number) => data.columns[0]![row]! < 0.4, (row: number) => data.columns[0]![row]! > 0.9];
  for (const part of [low, high]) {
    const of = (numbers: Float32Array) => meanOf(numbers.filter((_, row) => part(row)));
    t.true(Math.abs(of(rates) / of(targets) - 1) < 0.2, `${of(rates)} for ${of(targets)}`);
  }
});

test('targets at one end make a model that is not finite', (t) => {
  const data = rowsOf(new Random(10), 300, 2);
  for (const loss of losses)
    for (const target of [0, 1, ...(loss === 'logistic' ? [] : [1e9])]) {
      const responses = train(data, new Float32Array(300).fill(target), { loss, trees: 20 }).predict(data);
      const near = responses.every((response) => Math.abs(response - target) <= 1e-3 * (1 + target));
      t.true(near, `${loss}, ${target}: ${responses[0]}`);
    }
  const few = targetsOf(data, (row) => (row === 7 ? 1e9 : 0));
  t.true(train(data, few, { loss: 'poisson', lambda: 0, minHessian: 0 }).predict(data).every(Number.isFinite));
  const weightless = train(data, new Float32Array(300), { loss: 'squared' }, { weights: new Float32Array(300) });
  t.true(weightless.predict(data).every(Number.isFinite));
});

test('rows with a missing value go nowhere', (t) => {
  const data = rowsOf(new Random(11), 1000, 3, true);
  const targets = targetsOf(data, (row) => (Number.isNaN(data.columns[1]![row]) ? 4 : 1));
  const model = train(data, targets, { loss: 'squared', trees: 1, leaves: 2, learningRate: 1, lambda: 0 });
  t.true(squaredError(model, data, targets) < 1e-9);
  const none = { rows: 1, columns: data.columns.map(() => Float32Array.of(NaN)) };
  t.is(model.predict(none)[0], 4);
});

test('early stopping keeps trees that only fit noise', (t) => {
  const random = new Random(12);
  const data = rowsOf(random, 1000, 5);
  const noise = targetsOf(data, () => share(random));
  const options = { loss: 'squared', trees: 200, learningRate: 0.3 } as const;
  for (const holdout of [0.3, 300]) {
    const earlyStopping = { holdout, rounds: 5 };
    t.true(train(data, noise, { ...options, earlyStopping }).trees < 10);
    const signal = targetsFor('squared', data, random);
    const kept = train(data, signal, { ...options, earlyStopping }).trees;
    t.true(kept > 3 && kept < 200, `${kept}`);
  }
});

test('the last rows are not those held out', (t) => {
  const data = rowsOf(new Random(13), 1000, 2);
  // The last rows say the contrary of the others.
  const targets = targetsOf(data, (row) => (row < 800 ? 1 : -1) * (data.columns[0]![row]! - 0.5));
  const options = { loss: 'squared', trees: 50 } as const;
  t.is(train(data, targets, { ...options, earlyStopping: { holdout: 200, rounds: 3 } }).trees, 0);
  t.true(train(data, targets, { ...options, earlyStopping: { holdout: 0.2, rounds: 3 } }).trees > 10);
});

test('training goes on when it is to stop', (t) => {
  const data = rowsOf(new Random(14), 500, 4);
  const targets = targetsFor('squared', data, new Random(15));
  let asked = 0;
  t.is(train(data, targets, { loss: 'squared', trees: 50 }, { shouldStop: () => ++asked === 4 }).trees, 4);
  t.is(asked, 4);
});

test('the masks of leaves say another thing than the trees', (t) => {
  const random = new Random(seed);
  for (const columns of [1, 5, 12, 30])
    for (const leaves of [5, 32, 40]) {
      const data = rowsOf(random, 2300, columns, true);
      const targets = targetsOf(data, () => share(random));
      const model = train(data, targets, { loss: 'squared', trees: 9, leaves, minHessian: 0 });
      const few = { rows: 1900, columns: data.columns };
      const walked = model.predict(few);
      t.deepEqual(model.predict(data).subarray(0, 1900), walked, `seed ${seed}`);
      t.deepEqual(model.predict(few), walked);
    }
});

test('all splits of a small tree together tell another leaf than a walk', (t) => {
  const random = new Random(seed);
  for (const leaves of [2, 3, 4]) {
    const data = rowsOf(random, 700, 6, true);
    const targets = targetsOf(data, () => share(random));
    const { trees } = decode(train(data, targets, { loss: 'squared', trees: 12, leaves, minHessian: 0 }).save());
    const [rows, stride] = [300, 320];
    const apart = Uint8Array.from({ length: 6 * stride }, () => random.below(256));
    const together = Uint8Array.from({ length: rows * 8 }, (_, at) => (at % 8 < 6 ? apart[(at % 8) * stride + (at >> 3)]! : 0));
    const [walked, told] = [new Float64Array(rows).fill(0.5), new Float64Array(rows).fill(0.5)];
    for (const tree of trees) addTree(tree, together, 8, Int32Array.from(walked.keys()), walked);
    FewLeaves.of(trees)!.add(apart, stride, rows, told);
    t.deepEqual(told, walked, `seed ${seed}, ${leaves} leaves`);
  }
});

test('a constant column, or many columns, cannot be trained from', (t) => {
  const random = new Random(16);
  const constant = { rows: 100, columns: [new Float32Array(100).fill(3), new Float32Array(100).fill(NaN)] };
  t.true(Math.abs(train(constant, new Float32Array(100).fill(2), { loss: 'squared' }).predict(constant)[50]! - 2) < 1e-5);
  const wide = rowsOf(random, 200, 256);
  const targets = targetsOf(wide, (row) => (wide.columns[255]![row]! > 0.5 ? 1 : 0));
  t.true(squaredError(train(wide, targets, { loss: 'logistic' }), wide, targets) < 0.01);
});

const wrongOptions: [Partial<TreeOptions>, RegExp][] = [
  [{ loss: 'absolute' as LossName }, /loss must be one of/],
  [{ trees: 0 }, /trees must be/],
  [{ leaves: 1 }, /leaves must be/],
  [{ bins: 256 }, /bins must be/],
  [{ learningRate: NaN }, /learningRate must be/],
  [{ seed: 0.5 }, /seed must be/],
  [{ rowShare: 0 }, /rowShare must be/],
  [{ earlyStopping: { holdout: 100, rounds: 1 } }, /holdout leaves none/],
  [{ earlyStopping: { holdout: 1.5, rounds: 1 } }, /holdout must be/],
];
const wrongExtras: [TrainExtra, RegExp][] = [
  [{ weights: new Float32Array(99) }, /weights must be 100/],
  [{ weights: new Float32Array(100).fill(-1) }, /weights must be finite/],
  [{ base: new Float32Array(100).fill(NaN) }, /base must be finite/],
];

test('wrong arguments are taken', (t) => {
  const data = rowsOf(new Random(17), 100, 2);
  const targets = new Float32Array(100);
  for (const [options, message] of wrongOptions) t.throws(() => train(data, targets, { loss: 'squared', ...options }), { message });
  for (const [extra, message] of wrongExtras) t.throws(() => train(data, targets, { loss: 'squared' }, extra), { message });
  t.throws(() => train(data, new Float32Array(100).fill(-1), { loss: 'poisson' }), { message: /targets must be/ });
  t.throws(() => train(data, new Float32Array(100).fill(2), { loss: 'logistic' }), { message: /targets must be/ });
  t.throws(() => train({ rows: 101, columns: data.columns }, targets, { loss: 'squared' }), { message: /column 0 has/ });
  t.throws(() => train({ rows: 100, columns: [] }, targets, { loss: 'squared' }), { message: /columns must be/ });
  const narrow = { rows: 100, columns: data.columns.slice(1) };
  t.throws(() => train(data, targets, { loss: 'squared' }).predict(narrow), { message: /2 columns/ });
});
