// Prediction of many rows: the leaf of a row in each tree, found by bit masks in place of a walk.
import { isLeaf, binOf, childOf, columnOf, type Tree } from './tree.js';

/** Leaves that a mask has bits for. */
const maskLeaves = 32;
/** Masks that may be held: 8 MiB of them. */
const mostMasks = 2 ** 21;
/** Masks that are met at once. */
const width = 12;

/**
 * Masks of leaves (Lucchese et al., "QuickScorer", SIGIR 2015), one for each tree and each bin of each column, so that a row needs
 * no comparison: a mask has no bit for the leaves that the bin rules out, which lie left of the splits whose right side the bin
 * goes to. Of the bits that a row's masks have in common, the lowest is its leaf. The time is the same for each row, however deep
 * the trees.
 */
export class LeafMasks {
  /** Masks of all trees stand together: first those with all bits, then a place for results, then those of each bin. */
  readonly #masks: Int32Array;
  readonly #trees: number;
  /** 32 of each tree. */
  readonly #values: Float32Array;
  /** The columns that trees split by, and where the masks of their first bins are. */
  readonly #columns: Int32Array;
  readonly #first: Int32Array;
  readonly #at = new Int32Array(width);

  /** Undefined: a tree has more leaves than a mask has bits, or there would be too many masks. `bins`: how many each column has. */
  static of(trees: readonly Tree[], bins: readonly number[]): LeafMasks | undefined {
    const splits = trees.flatMap(({ words }) => [...words].filter((word, node) => !isLeaf(word, node)).map(columnOf));
    const columns = [...new Set(splits)].toSorted((a, b) => a - b);
    const places = columns.reduce((sum, column) => sum + bins[column]!, 2);
    if (trees.some(({ words }) => words.length > 2 * maskLeaves - 1) || places * trees.length > mostMasks) return undefined;
    return new LeafMasks(trees, columns, columns.map((column) => bins[column]!));
  }

  private constructor(trees: readonly Tree[], columns: readonly number[], bins: readonly number[]) {
    this.#trees = trees.length;
    this.#columns = Int32Array.from(columns);
    this.#first = new Int32Array(columns.length);
    let places = 2;
    for (const [i, count] of bins.entries()) {
      this.#first[i] = places * trees.length;
      places += count;
    }
    this.#masks = new Int32Array(places * trees.length).fill(-1);
    this.#values = new Float32Array(maskLeaves * trees.length);
    for (const [number, tree] of trees.entries()) this.#enter(tree, number);
    for (const [i, count] of bins.entries()) this.#spread(this.#first[i]!, count);
  }

  /** Enters each split of a tree at the first bin that goes right, and the values of its leaves from left to right. */
  #enter({ words, values }: Tree, number: number): void {
    const leaves = new Int32Array(words.length).fill(1);
    for (let node = words.length - 1; node >= 0; node--) {
      const child = childOf(words[node]!);
      if (child !== node) leaves[node] = leaves[child]! + leaves[child + 1]!;
    }
    const first = new Int32Array(words.length);
    for (let node = 0; node < words.length; node++) {
      const word = words[node]!;
      const child = childOf(word);
      if (child === node) this.#values[number * maskLeaves + first[node]!] = values[node]!;
      else {
        first[child] = first[node]!;
        first[child + 1] = first[node]! + leaves[child]!;
        const begin = this.#first[this.#columns.indexOf(columnOf(word))]!;
        this.#masks[begin + (binOf(word) + 1) * this.#trees + number]! &= ~(((1 << leaves[child]!) - 1) << first[node]!);
      }
    }
  }

  /** What a bin rules out, the bins above it rule out too. */
  #spread(first: number, bins: number): void {
    const end = first + bins * this.#trees;
    for (let at = first + this.#trees; at < end; at++) this.#masks[at]! &= this.#masks[at - this.#trees]!;
  }

  /** Adds to the first margins what the trees say of so many rows in bins. */
  add(bytes: Uint8Array, stride: number, rows: number, margins: Float64Array): void {
    const [masks, trees, at] = [this.#masks, this.#trees, this.#at];
    for (let row = 0; row < rows; row++) {
      let taken = this.#point(bytes, row * stride, 0, 0);
      // More columns than are met at once: what those so far have in common stands for them.
      while (taken < this.#columns.length) {
        meet(masks, trees, at);
        at[0] = trees;
        taken = this.#point(bytes, row * stride, taken, 1);
      }
      margins[row] = sumOfLeaves(masks, trees, at, this.#values, margins[row]!);
    }
  }

  /** Points at the masks of a row for the columns from the given one on, as many as there is place for; answers the next column. */
  #point(bytes: Uint8Array, row: number, column: number, place: number): number {
    const [columns, first, at] = [this.#columns, this.#first, this.#at];
    const end = Math.min(columns.length, column + width - place);
    at.fill(0, place);
    for (let i = column, to = place; i < end; i++, to++) at[to] = first[i]! + bytes[row + columns[i]!]! * this.#trees;
    return end;
  }
}

/** Writes what twelve masks of each tree have in common to the place for results. */
function meet(masks: Int32Array, trees: number, at: Int32Array): void {
  for (let tree = 0; tree < trees; tree++) {
    let common = -1;
    for (let i = 0; i < width; i++) common &= masks[at[i]! + tree]!;
    masks[trees + tree] = common;
  }
}

/**
 * Adds to a margin the values of the leaves that twelve masks of each tree tell. They are written out, as whole numbers of 32 bits:
 * in a loop they take twice the time.
 */
function sumOfLeaves(masks: Int32Array, trees: number, at: Int32Array, values: Float32Array, margin: number): number {
  const [a, b, c, d] = [at[0]! | 0, at[1]! | 0, at[2]! | 0, at[3]! | 0];
  const [e, f, g, h] = [at[4]! | 0, at[5]! | 0, at[6]! | 0, at[7]! | 0];
  const [i, j, k, l] = [at[8]! | 0, at[9]! | 0, at[10]! | 0, at[11]! | 0];
  let sum = margin;
  for (let tree = 0; tree < trees; tree = (tree + 1) | 0) {
    const common =
      masks[(a + tree) | 0]! & masks[(b + tree) | 0]! & masks[(c + tree) | 0]! & masks[(d + tree) | 0]! &
      masks[(e + tree) | 0]! & masks[(f + tree) | 0]! & masks[(g + tree) | 0]! & masks[(h + tree) | 0]! &
      masks[(i + tree) | 0]! & masks[(j + tree) | 0]! & masks[(k + tree) | 0]! & masks[(l + tree) | 0]!;
    sum += values[((tree << 5) | 31) - Math.clz32(common & -common)]!;
  }
  return sum;
}
