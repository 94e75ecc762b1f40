// A trained model: what it says of rows.
import { Binner, type Rows } from './bins.js';
import { decode, encode } from './format.js';
import { FewLeaves } from './few_leaves.js';
import { findLoss, type LossName } from './losses.js';
import { LeafMasks } from './masks.js';
import { addTree, type Tree } from './tree.js';

/** Rows that are looked at together: their bins stay in the cache. */
const blockRows = 256;
/** Masks of leaves are made for a model that is asked about more rows than this; before that their making takes longer. */
const rowsWithoutMasks = 2000;
const rowsOfBlock = Int32Array.from({ length: blockRows }, (_, row) => row);

/** What a model is made of. */
export interface ModelParts {
  readonly loss: LossName;
  /** What all margins begin with. */
  readonly start: number;
  /** Where the bins of each column end. */
  readonly cuts: readonly Float32Array[];
  readonly trees: readonly Tree[];
  /** Gain of each column. */
  readonly gains: Float64Array;
}

/** Boosted trees. They cannot be changed. */
export class TreeModel {
  readonly #parts: ModelParts;
  readonly #binner: Binner;
  readonly #block: Uint8Array;
  readonly #sums = new Float64Array(blockRows);
  readonly #fewLeaves: FewLeaves | undefined;
  #asked = 0;
  #masks: LeafMasks | undefined;

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.#binner = new Binner(parts.cuts);
    this.#block = new Uint8Array(blockRows * this.#binner.stride);
    this.#fewLeaves = FewLeaves.of(parts.trees);
  }

  get loss(): LossName {
    return this.#parts.loss;
  }

  /** Columns of the rows that it was trained from, and can be asked about. */
  get columns(): number {
    return this.#parts.cuts.length;
  }

  get trees(): number {
    return this.#parts.trees.length;
  }

  /**
   * The response for each row: the mean (squared), the rate (poisson) or the probability (logistic). `out`: where to write them, at
   * least one place a row; default a new array. `base`: margins to start from, as in training. Throws a RangeError if the rows have
   * other columns than those trained from.
   */
  predict(data: Rows, out: Float32Array = new Float32Array(data.rows), base?: Float32Array): Float32Array {
    const { respond } = findLoss(this.loss);
    this.margins(data, out, base);
    if (this.loss !== 'squared') for (let row = 0; row < data.rows; row++) out[row] = respond(out[row]!);
    return out;
  }

  /** As `predict`, on the scale of the link: the logarithm of the rate (poisson) or of the odds (logistic). */
  margins({ rows, columns }: Rows, out: Float32Array = new Float32Array(rows), base?: Float32Array): Float32Array {
    if (columns.length !== this.columns) throw new RangeError(`rows must have ${this.columns} columns, got ${columns.length}`);
    const short = [...columns, out, ...(base ? [base] : [])].find((numbers) => numbers.length < rows);
    if (short !== undefined) throw new RangeError(`an array has ${short.length} values for ${rows} rows`);
    this.#count(rows);
    for (let from = 0; from < rows; from += blockRows) {
      const to = Math.min(rows, from + blockRows);
      this.#begin(from, to, base);
      this.#addTrees(columns, from, to);
      for (let row = from; row < to; row++) out[row] = this.#sums[row - from]!;
    }
    return out;
  }

  #begin(from: number, to: number, base: Float32Array | undefined): void {
    this.#sums.fill(this.#parts.start);
    if (base !== undefined) for (let row = from; row < to; row++) this.#sums[row - from]! += base[row]!;
  }

  /** Makes masks once they are worth it. */
  #count(rows: number): void {
    const before = this.#asked;
    this.#asked += rows;
    if (this.#fewLeaves === undefined && before <= rowsWithoutMasks && this.#asked > rowsWithoutMasks)
      this.#masks = LeafMasks.of(this.#parts.trees, this.#parts.cuts.map((cuts) => cuts.length + 2));
  }

  #addTrees(columns: readonly Float32Array[], from: number, to: number): void {
    const { stride } = this.#binner;
    if (this.#fewLeaves !== undefined) {
      this.#binner.binApart(columns, this.#fewLeaves.used, [from, to], { bytes: this.#block, rows: blockRows });
      return this.#fewLeaves.add(this.#block, blockRows, to - from, this.#sums);
    }
    this.#binner.bin(columns, from, to, this.#block);
    if (this.#masks !== undefined) return this.#masks.add(this.#block, stride, to - from, this.#sums);
    const some = rowsOfBlock.subarray(0, to - from);
    for (const tree of this.#parts.trees) addTree(tree, this.#block, stride, some, this.#sums);
  }

  /** What splits by each column have gained in training, in units of the loss summed over the rows. */
  importance(): Float64Array {
    return this.#parts.gains.slice();
  }

  /** The model as bytes, little-endian, with a version and a check sum. */
  save(): Uint8Array {
    return encode(this.#parts);
  }

  /** The model that was saved. Throws an Error that says what is wrong with bytes that are not one, or a damaged one. */
  static load(bytes: Uint8Array): TreeModel {
    return new TreeModel(decode(bytes));
  }
}
