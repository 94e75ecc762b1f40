// What can be chosen about the training of trees, and the check of it.
import { maxBins } from './bins.js';
import { lossNames, type LossName } from './losses.js';

/** Most leaves of a tree. */
export const maxLeaves = 4096;
/** Most trees of a model. */
export const maxTrees = 10_000;
/** Most columns of a table. */
export const maxColumns = 256;
/** Most rows to train from. */
export const maxRows = 2 ** 24;

export interface EarlyStopping {
  /** The rows that trees are tried on, and not grown from: below 1 a share of all, chosen by the seed; else so many of the last. */
  readonly holdout: number;
  /** Training ends when so many trees in a row have made the held-out rows no better; those go. */
  readonly rounds: number;
}

export interface TreeOptions {
  /** Of targets that are any number (squared), counts or rates from 0 on (poisson), or from 0 to 1 (logistic). */
  readonly loss: LossName;
  /** At most; default 100. */
  readonly trees: number;
  /** Of a tree, at most; 2 to 4096, default 31. The leaf with most to gain is split first. */
  readonly leaves: number;
  /** Splits on the way to a leaf, at most; default none but what `leaves` allows. */
  readonly maxDepth: number;
  /** What a leaf adds is multiplied by it; above 0, at most 1, default 0.1. */
  readonly learningRate: number;
  /** Added to the sum of second derivatives of a leaf, which draws what the leaf adds to 0; default 1. */
  readonly lambda: number;
  /** Least sum of second derivatives of a leaf: for squared loss its rows by weight; default 1. */
  readonly minHessian: number;
  /** Bins of a column beside the one of missing values, at most; 2 to 255, default 255. */
  readonly bins: number;
  /** Each tree is grown from this share of the rows, chosen by the seed; default 1. */
  readonly rowShare: number;
  /** Each tree looks at this share of the columns, at least one, chosen by the seed; default 1. */
  readonly columnShare: number;
  /** A whole number; default 0. The same rows, options and seed give the same model, byte for byte. */
  readonly seed: number;
  readonly earlyStopping?: EarlyStopping | undefined;
}

const defaults: Omit<TreeOptions, 'loss'> = {
  trees: 100,
  leaves: 31,
  maxDepth: maxLeaves,
  learningRate: 0.1,
  lambda: 1,
  minHessian: 1,
  bins: maxBins,
  rowShare: 1,
  columnShare: 1,
  seed: 0,
};

/** Least, greatest, and whether only whole numbers will do. */
export const optionBounds: Readonly<
  Record<Exclude<keyof typeof defaults, 'earlyStopping'>, readonly [least: number, greatest: number, whole: boolean]>
> = {
  trees: [1, maxTrees, true],
  leaves: [2, maxLeaves, true],
  maxDepth: [1, maxLeaves, true],
  learningRate: [1e-6, 1, false],
  lambda: [0, 1e12, false],
  minHessian: [0, 1e12, false],
  bins: [2, maxBins, true],
  rowShare: [1e-6, 1, false],
  columnShare: [1e-6, 1, false],
  seed: [-(2 ** 31), 2 ** 31 - 1, true],
};

function check(name: string, value: number, [least, greatest, whole]: readonly [number, number, boolean]): void {
  if (!(value >= least && value <= greatest) || (whole && !Number.isInteger(value)))
    throw new RangeError(`${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${greatest}, got ${value}`);
}

/** All options, with defaults for those left out. Throws a RangeError that names the one that is wrong. */
export function checkedOptions(given: Partial<TreeOptions> & Pick<TreeOptions, 'loss'>): TreeOptions {
  const there = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options = { ...defaults, ...there } as TreeOptions;
  if (!lossNames.includes(options.loss)) throw new RangeError(`loss must be one of ${lossNames.join(', ')}, got ${options.loss}`);
  for (const [name, range] of Object.entries(optionBounds)) check(name, options[name as keyof typeof optionBounds], range);
  const { earlyStopping } = options;
  if (earlyStopping !== undefined) {
    const { holdout, rounds } = earlyStopping;
    check('earlyStopping.holdout', holdout, [Number.MIN_VALUE, maxRows, holdout >= 1]);
    check('earlyStopping.rounds', rounds, [1, maxTrees, true]);
  }
  return options;
}
