// Grows one tree: the leaf with most to gain is split first.
import type { BinnedRows } from './bins.js';
import { Histograms } from './histograms.js';
import type { TreeOptions } from './options.js';
import { type Derivatives, hessianOf } from './packed.js';
import { Splitter } from './split.js';
import { childOf, leafWord, wordOf, type Tree } from './tree.js';

/** What is known of the nodes of the tree that grows, one entry a node. */
class Nodes {
  count = 0;
  readonly words: Int32Array;
  readonly depth: Int32Array;
  /** Its rows are order[from] to order[to - 1]. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Of leaves that can be split: the histogram, else -1. */
  readonly histogram: Int32Array;
  /** The packed sum of its rows. */
  readonly total: Float64Array;
  /** The best split, and what it gains; 0: it has none. */
  readonly gain: Float64Array;
  readonly column: Int32Array;
  readonly bin: Int32Array;
  readonly left: Float64Array;

  constructor(most: number) {
    const numbers = (): Int32Array => new Int32Array(most);
    [this.words, this.depth, this.from, this.to] = [numbers(), numbers(), numbers(), numbers()];
    [this.histogram, this.column, this.bin] = [numbers(), numbers(), numbers()];
    [this.total, this.gain, this.left] = [new Float64Array(most), new Float64Array(most), new Float64Array(most)];
  }

  /** A new leaf of the rows [from, to). */
  add(from: number, to: number, depth: number, total: number): number {
    const node = this.count++;
    this.words[node] = leafWord(node);
    [this.from[node], this.to[node], this.depth[node], this.total[node]] = [from, to, depth, total];
    [this.histogram[node], this.gain[node]] = [-1, 0];
    return node;
  }

  /** The leaf with most to gain, or -1 if none gains anything. */
  best(): number {
    let [best, most] = [-1, 0];
    for (let node = 0; node < this.count; node++) if (this.gain[node]! > most) [best, most] = [node, this.gain[node]!];
    return best;
  }
}

/** Grows trees from the same rows in bins; its arrays are used again for each tree. */
export class Grower {
  /** What splits by each column have gained so far, in units of the loss. */
  readonly importance: Float64Array;
  readonly #data: BinnedRows;
  readonly #options: TreeOptions;
  readonly #bins: Int32Array;
  readonly #histograms: Histograms;
  readonly #nodes: Nodes;
  /** The rows of the tree; those of a leaf stand together. */
  #order: Int32Array;
  readonly #aside: Int32Array;

  /** `bins`: how many each column has, with the one of missing values. */
  constructor(data: BinnedRows, bins: Int32Array, options: TreeOptions) {
    [this.#data, this.#bins, this.#options] = [data, bins, options];
    this.importance = new Float64Array(bins.length);
    this.#histograms = new Histograms(data);
    this.#nodes = new Nodes(2 * options.leaves - 1);
    this.#order = this.#aside = new Int32Array(data.rows);
  }

  /**
   * Grows a tree of some rows, which it puts into another order, by some columns. What its leaves add is the step of Newton, at
   * most `maxStep`, times the learning rate (Chen and Guestrin, equation 5).
   */
  grow(rows: Int32Array, columns: Int32Array, derivatives: Derivatives, maxStep: number): Tree {
    const nodes = this.#nodes;
    nodes.count = 0;
    this.#order = rows;
    const root = nodes.add(0, rows.length, 0, derivatives.pack(rows));
    const splitter = this.#splitter(derivatives, maxStep);
    nodes.histogram[root] = this.#histograms.build(rows, 0, rows.length, derivatives.packed);
    this.#look(root, columns, splitter);
    for (let leaves = 1; leaves < this.#options.leaves; leaves++) {
      const best = nodes.best();
      if (best < 0) break;
      this.#split(best, derivatives);
      if (leaves + 1 < this.#options.leaves) this.#lookAtChildren(best, columns, splitter, derivatives);
    }
    this.#releaseAll();
    return this.#finish(derivatives, maxStep);
  }

  #splitter({ gradientScale, hessianScale }: Derivatives, maxStep: number): Splitter {
    const { lambda, minHessian } = this.#options;
    return new Splitter({
      lambda: lambda * hessianScale,
      minHessian: minHessian * hessianScale,
      maxStep: (maxStep * gradientScale) / hessianScale,
    });
  }

  /** Finds the best split of a leaf that has a histogram; without one the histogram goes back. */
  #look(node: number, columns: Int32Array, splitter: Splitter): void {
    const [nodes, histogram] = [this.#nodes, this.#nodes.histogram[node]!];
    const { cells, size } = this.#histograms;
    if (!splitter.find(cells, histogram * size, nodes.total[node]!, columns, this.#bins)) return this.#release(node);
    [nodes.gain[node], nodes.left[node]] = [splitter.gain, splitter.left];
    [nodes.column[node], nodes.bin[node]] = [splitter.column, splitter.bin];
  }

  #release(node: number): void {
    if (this.#nodes.histogram[node]! < 0) return;
    this.#histograms.release(this.#nodes.histogram[node]!);
    this.#nodes.histogram[node] = -1;
  }

  #releaseAll(): void {
    for (let node = 0; node < this.#nodes.count; node++) this.#release(node);
  }

  /** Makes two leaves of one. The histogram stays with the parent. */
  #split(node: number, { gradientScale, hessianScale }: Derivatives): void {
    const nodes = this.#nodes;
    const [from, to, left] = [nodes.from[node]!, nodes.to[node]!, nodes.left[node]!];
    const [column, bin] = [nodes.column[node]!, nodes.bin[node]!];
    const middle = partition(this.#order, from, to, this.#data.columns[column]!, bin, this.#aside);
    const depth = nodes.depth[node]! + 1;
    const child = nodes.add(from, middle, depth, left);
    nodes.add(middle, to, depth, nodes.total[node]! - left);
    nodes.words[node] = wordOf(child, column, bin);
    this.importance[column]! += ((nodes.gain[node]! / gradientScale / gradientScale) * hessianScale) / 2;
    nodes.gain[node] = 0;
  }

  /** Sums up the smaller one of two new leaves; the other one has what is left of the parent (Ke et al., "LightGBM", NIPS 2017). */
  #lookAtChildren(node: number, columns: Int32Array, splitter: Splitter, { packed, hessianScale }: Derivatives): void {
    const [nodes, histograms] = [this.#nodes, this.#histograms];
    const left = childOf(nodes.words[node]!);
    const size = (child: number): number => nodes.to[child]! - nodes.from[child]!;
    const [small, large] = size(left) <= size(left + 1) ? [left, left + 1] : [left + 1, left];
    const children = [left, left + 1].filter((child) => this.#splittable(child, hessianScale));
    if (children.length === 0) return this.#release(node);
    nodes.histogram[small] = histograms.build(this.#order, nodes.from[small]!, nodes.to[small]!, packed);
    nodes.histogram[large] = nodes.histogram[node]!;
    nodes.histogram[node] = -1;
    histograms.subtract(nodes.histogram[large]!, nodes.histogram[small]!);
    for (const child of children) this.#look(child, columns, splitter);
  }

  #splittable(node: number, hessianScale: number): boolean {
    const { minHessian, maxDepth } = this.#options;
    const least = Math.max(2, 2 * minHessian * hessianScale);
    return this.#nodes.depth[node]! < maxDepth && hessianOf(this.#nodes.total[node]!) >= least;
  }

  /** The tree, with what its leaves add, told from the derivatives as they are. */
  #finish({ gradients, hessians }: Derivatives, maxStep: number): Tree {
    const { count, words, from, to, depth } = this.#nodes;
    const { lambda, learningRate } = this.#options;
    const values = new Float32Array(count);
    const order = this.#order;
    for (let node = 0; node < count; node++) {
      if (words[node] !== leafWord(node)) continue;
      const gradient = sumOf(gradients, order, from[node]!, to[node]!);
      const hessian = sumOf(hessians, order, from[node]!, to[node]!) + lambda;
      const step = hessian > 0 ? -gradient / hessian : 0;
      values[node] = learningRate * Math.min(maxStep, Math.max(-maxStep, step));
    }
    const deepest = depth.subarray(0, count).reduce((most, one) => Math.max(most, one), 0);
    return { words: words.slice(0, count), values, depth: deepest };
  }

  /** Adds what the tree grown last adds to the rows that it was grown from. */
  addTo(margins: Float64Array, { words, values }: Tree): void {
    const { from, to } = this.#nodes;
    const order = this.#order;
    for (let node = 0; node < words.length; node++) {
      if (words[node] !== leafWord(node)) continue;
      const value = values[node]!;
      const end = to[node]!;
      for (let i = from[node]!; i < end; i++) margins[order[i]!]! += value;
    }
  }
}

function sumOf(numbers: Float64Array, order: Int32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += numbers[order[i]!]!;
  return sum;
}

/**
 * Puts the rows of order[from] to order[to - 1] with a bin up to `last` before the others; both keep their order. Answers where
 * the others begin. There are no branches: each row is written to both sides, and counts at one.
 */
function partition(order: Int32Array, from: number, to: number, bins: Uint8Array, last: number, aside: Int32Array): number {
  let left = from;
  let right = 0;
  for (let i = from; i < to; i++) {
    const row = order[i]!;
    const goesRight = (last - bins[row]!) >>> 31;
    order[left] = row;
    aside[right] = row;
    left = (left + 1 - goesRight) | 0;
    right = (right + goesRight) | 0;
  }
  order.set(aside.subarray(0, right), left);
  return left;
}
