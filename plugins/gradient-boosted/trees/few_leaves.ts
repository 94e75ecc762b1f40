// Prediction with trees of four leaves at most: the outcomes of all three splits together tell the leaf.
import { binOf, childOf, columnOf, isLeaf, type Tree } from './tree.js';

/** Splits of a tree, at most, and how their outcomes can fall. */
const splits = 3;
const outcomes = 2 ** splits;

/** Such trees, as numbers in rows. What a tree has fewer splits stands as splits of the first column that all bins are left of. */
export class FewLeaves {
  /** The columns that are looked at. */
  readonly used: Int32Array;
  /** `splits` of each tree: the column, and the last bin that goes left. */
  readonly #columns: Int32Array;
  readonly #bins: Int32Array;
  /** `outcomes` of each tree: what it adds, by which of its splits go right, the first one counting 1. */
  readonly #values: Float64Array;

  /** Undefined: a tree has more leaves. */
  static of(trees: readonly Tree[]): FewLeaves | undefined {
    return trees.every(({ words }) => words.length <= 2 * splits + 1) ? new FewLeaves(trees) : undefined;
  }

  private constructor(trees: readonly Tree[]) {
    this.#columns = new Int32Array(splits * trees.length);
    this.#bins = new Int32Array(splits * trees.length).fill(255);
    this.#values = new Float64Array(outcomes * trees.length);
    for (const [number, tree] of trees.entries()) this.#enter(tree, number);
    this.used = Int32Array.from(new Set(this.#columns)).toSorted();
  }

  #enter({ words, values }: Tree, number: number): void {
    const splitOf = new Int32Array(words.length);
    let split = 0;
    for (let node = 0; node < words.length; node++) {
      if (isLeaf(words[node]!, node)) continue;
      this.#columns[number * splits + split] = columnOf(words[node]!);
      this.#bins[number * splits + split] = binOf(words[node]!);
      splitOf[node] = split++;
    }
    for (let outcome = 0; outcome < outcomes; outcome++) {
      let node = 0;
      while (!isLeaf(words[node]!, node)) node = childOf(words[node]!) + ((outcome >>> splitOf[node]!) & 1);
      this.#values[number * outcomes + outcome] = values[node]!;
    }
  }

  /** Adds to the first margins what the trees say of so many rows; the bin of column c of row r is at c * stride + r. */
  add(bytes: Uint8Array, stride: number, rows: number, margins: Float64Array): void {
    const [columns, bins, values] = [this.#columns, this.#bins, this.#values];
    for (let at = 0, value = 0; at < columns.length; at += splits, value += outcomes) {
      const [a, b, c] = [columns[at]! * stride, columns[at + 1]! * stride, columns[at + 2]! * stride];
      const [lastA, lastB, lastC] = [bins[at]!, bins[at + 1]!, bins[at + 2]!];
      for (let row = 0; row < rows; row++) {
        // The upper bits of a number below 0 are ones.
        const first = (lastA - bytes[a + row]!) >>> 31;
        const second = ((lastB - bytes[b + row]!) >>> 30) & 2;
        const third = ((lastC - bytes[c + row]!) >>> 29) & 4;
        margins[row]! += values[value + (first | second | third)]!;
      }
    }
  }
}
