// Trains a model: tree after tree, each fitted to the derivatives of the loss at what the trees before it say.
import { Binner, binRows, cutPoints, type BinnedRows, type Rows } from './bins.js';
import { Grower } from './grower.js';
import { bestConstant, findLoss, type Fit, type Loss } from './losses.js';
import { TreeModel } from './model.js';
import { checkedOptions, maxColumns, maxRows, type TreeOptions } from './options.js';
import { Derivatives } from './packed.js';
import { SeededRandom } from './random.js';
import { addTree, type Tree } from './tree.js';

export interface TrainExtra {
  /** Of each row, from 0 on; default 1. */
  readonly weights?: Float32Array | undefined;
  /** A margin to start from, of each row, on the scale of the link; the constant that fits best is added to it. Default 0. */
  readonly base?: Float32Array | undefined;
  /** Asked before each tree but the first; if it says true, the trees so far are the model. */
  readonly shouldStop?: (() => boolean) | undefined;
}

/** Why numbers cannot be trained from; undefined when they can. */
function wrongNumbers(what: string, numbers: Float32Array, rows: number, range: Loss['range']): string | undefined {
  const [least, greatest] = range;
  if (numbers.length !== rows) return `${what} must be ${rows} numbers, one for each row, got ${numbers.length}`;
  const wrong = numbers.findIndex((number) => !Number.isFinite(number) || number < least || number > greatest);
  if (wrong < 0) return undefined;
  return `${what} must be finite numbers from ${least} to ${greatest}, got ${numbers[wrong]} in row ${wrong}`;
}

function checkRows({ rows, columns }: Rows, targets: Float32Array, { range }: Loss, { weights, base }: TrainExtra): void {
  if (!Number.isInteger(rows) || rows < 1 || rows > maxRows) throw new RangeError(`rows must be from 1 to ${maxRows}, got ${rows}`);
  if (columns.length < 1 || columns.length > maxColumns)
    throw new RangeError(`columns must be from 1 to ${maxColumns}, got ${columns.length}`);
  const short = columns.findIndex((column) => column.length < rows);
  if (short >= 0) throw new RangeError(`column ${short} has ${columns[short]!.length} values for ${rows} rows`);
  const wrong =
    wrongNumbers('targets', targets, rows, range) ??
    (weights && wrongNumbers('weights', weights, rows, [0, Infinity])) ??
    (base && wrongNumbers('base', base, rows, [-Infinity, Infinity]));
  if (wrong !== undefined) throw new RangeError(wrong);
}

/** Rows to grow trees from, and rows to try them on. */
function divide(rows: number, { earlyStopping, seed }: TreeOptions): { grown: Int32Array; held: Int32Array } {
  const all = new Int32Array(rows);
  for (let row = 0; row < rows; row++) all[row] = row;
  if (earlyStopping === undefined) return { grown: all, held: new Int32Array(0) };
  const { holdout } = earlyStopping;
  const count = Math.max(1, Math.round(holdout < 1 ? holdout * rows : holdout));
  if (count >= rows) throw new RangeError(`earlyStopping.holdout leaves none of ${rows} rows to grow trees from`);
  if (holdout >= 1) return { grown: all.slice(0, rows - count), held: all.slice(rows - count) };
  const held = new SeededRandom(~seed).choose(all, count);
  return { grown: without(all, held), held };
}

/** Those that are not chosen; both in order. */
function without(all: Int32Array, chosen: Int32Array): Int32Array {
  let next = 0;
  return all.filter((row) => row !== chosen[next] || next++ < 0);
}

/** The mean loss of some rows, by their weights. */
function meanLoss(loss: Loss, { margins, targets, weights }: Fit, rows: Int32Array): number {
  let [sum, weight] = [0, 0];
  for (const row of rows) {
    const of = weights === undefined ? 1 : weights[row]!;
    sum += of * loss.lossOf(margins[row]!, targets[row]!);
    weight += of;
  }
  return weight > 0 ? sum / weight : 0;
}

/** Of some rows only. */
function partOf({ margins, targets, weights }: Fit, rows: Int32Array): Fit {
  const part = <Numbers extends Float32Array | Float64Array>(numbers: Numbers, to: Numbers): Numbers => {
    for (let i = 0; i < rows.length; i++) to[i] = numbers[rows[i]!]!;
    return to;
  };
  return {
    margins: part(margins, new Float64Array(rows.length)),
    targets: part(targets, new Float32Array(rows.length)),
    weights: weights && part(weights, new Float32Array(rows.length)),
  };
}

/** One training. */
class Training {
  readonly #cuts: readonly Float32Array[];
  readonly #start: number;
  readonly #trees: Tree[] = [];
  readonly #grower: Grower;
  readonly #options: TreeOptions;
  readonly #loss: Loss;
  readonly #binned: BinnedRows;
  readonly #fit: Fit;
  readonly #grown: Int32Array;
  readonly #held: Int32Array;
  readonly #random: SeededRandom;
  readonly #derivatives: Derivatives;
  /** Columns with more than one bin. */
  readonly #columns: Int32Array;
  #least = Infinity;
  #kept = 0;

  constructor({ rows, columns }: Rows, targets: Float32Array, options: TreeOptions, { weights, base }: TrainExtra) {
    [this.#options, this.#loss, this.#random] = [options, findLoss(options.loss), new SeededRandom(options.seed)];
    this.#cuts = columns.map((column) => cutPoints(column, rows, options.bins));
    this.#binned = binRows(new Binner(this.#cuts), columns, rows);
    const bins = Int32Array.from(this.#cuts, (cuts) => cuts.length + 2);
    this.#columns = Int32Array.from(bins.keys());
    this.#grower = new Grower(this.#binned, bins, options);
    ({ grown: this.#grown, held: this.#held } = divide(rows, options));
    this.#fit = { margins: base === undefined ? new Float64Array(rows) : new Float64Array(base), targets, weights };
    this.#start = Math.fround(bestConstant(this.#loss, this.#held.length > 0 ? partOf(this.#fit, this.#grown) : this.#fit));
    for (let row = 0; row < rows; row++) this.#fit.margins[row]! += this.#start;
    this.#derivatives = new Derivatives(rows);
    this.#least = meanLoss(this.#loss, this.#fit, this.#held);
  }

  /** Grows one more tree. Answers whether more may help. */
  step(): boolean {
    const { rowShare, columnShare, earlyStopping } = this.#options;
    const some = (all: Int32Array, share: number): Int32Array =>
      share < 1 ? this.#random.choose(all, Math.max(1, Math.round(all.length * share))) : all.slice();
    const [rows, columns] = [some(this.#grown, rowShare), some(this.#columns, columnShare)];
    const others = [this.#held, rowShare < 1 ? without(this.#grown, rows) : new Int32Array(0)];
    this.#loss.derive(this.#fit, this.#derivatives.gradients, this.#derivatives.hessians);
    const tree = this.#grower.grow(rows, columns, this.#derivatives, this.#loss.maxStep);
    this.#trees.push(tree);
    this.#grower.addTo(this.#fit.margins, tree);
    for (const rest of others) addTree(tree, this.#binned.bytes, this.#binned.stride, rest, this.#fit.margins);
    if (tree.depth === 0 && rowShare === 1 && columnShare === 1) return false;
    return earlyStopping === undefined || this.#improves(earlyStopping.rounds);
  }

  /** Whether one of the last trees has made the held-out rows better. */
  #improves(rounds: number): boolean {
    const loss = meanLoss(this.#loss, this.#fit, this.#held);
    if (loss < this.#least) [this.#least, this.#kept] = [loss, this.#trees.length];
    return this.#trees.length - this.#kept < rounds;
  }

  /** Of all trees; of early stopping, those up to the best. */
  model(): TreeModel {
    const trees = this.#options.earlyStopping === undefined ? this.#trees : this.#trees.slice(0, this.#kept);
    return new TreeModel({ loss: this.#loss.name, start: this.#start, cuts: this.#cuts, trees, gains: this.#grower.importance });
  }
}

/**
 * Trains boosted trees (Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29, 2001) with
 * histograms and second derivatives, as XGBoost and LightGBM do.
 *
 * `data`: up to 2^24 rows and 256 columns; NaN is a missing value, which is lower than all others. `targets`: one for each row, by
 * the loss. Options left out have their defaults. The same arguments give the same model, byte for byte. Throws a RangeError that
 * names what is wrong with an argument.
 */
export function train(
  data: Rows,
  targets: Float32Array,
  options: Partial<TreeOptions> & Pick<TreeOptions, 'loss'>,
  extra: TrainExtra = {},
): TreeModel {
  const checked = checkedOptions(options);
  checkRows(data, targets, findLoss(checked.loss), extra);
  const training = new Training(data, targets, checked, extra);
  for (let tree = 0; tree < checked.trees; tree++) {
    if (tree > 0 && extra.shouldStop?.() === true) break;
    if (!training.step()) break;
  }
  return training.model();
}
