// The best split of a leaf, found in its histogram.
import { columnCells } from './histograms.js';
import { gradientOf, gradientUnit, hessianOf } from './packed.js';

/** A gain is believed when it is more than this part of what the leaf has without a split. */
const believed = 1e-9;
const perGradient = 1 / gradientUnit;

/** What bounds splits, in units of packed derivatives. */
export interface SplitLimits {
  readonly lambda: number;
  /** Least sum of hessians of a leaf. */
  readonly minHessian: number;
  /** A leaf adds no more than this. */
  readonly maxStep: number;
}

/**
 * What a leaf gains, times its size (the sum of hessians and lambda): G^2, if its step is free. A step that is bounded gains less:
 * the second-order loss at the bound (Chen and Guestrin, "XGBoost", KDD 2016, equation 4, with that weight).
 */
function gainBySize(gradient: number, size: number, maxStep: number): number {
  const most = maxStep * size;
  const steep = Math.abs(gradient);
  return steep <= most ? gradient * gradient : most * (2 * steep - most);
}

/**
 * Finds splits. What one gains is that of Chen and Guestrin, equation 7, without the half: G_L^2 / (H_L + lambda) + G_R^2 /
 * (H_R + lambda) - G^2 / (H + lambda), here in units of packed derivatives. Two gains are compared by products, without a division.
 * Of equal ones the first column counts, and in it the lowest bin.
 */
export class Splitter {
  /** Of the best split: the column, the last bin that goes to the left, the packed sum of the left, and what is gained. */
  column = -1;
  bin = -1;
  left = 0;
  gain = 0;
  readonly #limits: SplitLimits;
  /** Of the best split so far: what it gains as numerator and denominator, and the packed sum of its left side. */
  readonly #best = new Float64Array(3);

  constructor(limits: SplitLimits) {
    this.#limits = limits;
  }

  /**
   * Looks for the best split of a leaf by some columns, in the histogram from cell `first` on. `total`: the leaf's packed sum.
   * `bins`: how many each column has. Answers whether there is one.
   */
  find(cells: Float64Array, first: number, total: number, columns: Int32Array, bins: Int32Array): boolean {
    const { lambda, maxStep } = this.#limits;
    const size = hessianOf(total) + lambda;
    const own = gainBySize(gradientOf(total), size, maxStep) / size;
    this.column = -1;
    this.#best[0] = own * (1 + believed);
    this.#best[1] = 1;
    for (let i = 0; i < columns.length; i++) {
      const from = first + columns[i]! * columnCells;
      const cell = scan(cells, from, from + bins[columns[i]!]! - 1, total, this.#limits, this.#best);
      if (cell < 0) continue;
      this.column = columns[i]!;
      this.bin = cell - from;
    }
    if (this.column < 0) return false;
    this.left = this.#best[2]!;
    this.gain = this.#best[0]! / this.#best[1]! - own;
    return true;
  }
}

/** The last cell of the left side of the best split of the cells [from, to], or -1 if none is better than the best so far. */
function scan(cells: Float64Array, from: number, to: number, total: number, limits: SplitLimits, best: Float64Array): number {
  const { lambda, maxStep } = limits;
  const [gradient, hessian, least] = [gradientOf(total), hessianOf(total), Math.max(1, limits.minHessian)];
  const most = hessian - least;
  let above = best[0]!;
  let below = best[1]!;
  let found = -1;
  let sum = 0;
  for (let cell = from; cell < to; cell++) {
    sum += cells[cell]!;
    const leftGradient = Math.floor(sum * perGradient);
    const leftHessian = sum - leftGradient * gradientUnit;
    if (leftHessian < least) continue;
    if (leftHessian > most) break;
    const leftSize = leftHessian + lambda;
    const rightSize = hessian - leftHessian + lambda;
    const rightGradient = gradient - leftGradient;
    const denominator = leftSize * rightSize;
    // Free steps gain at least as much as bounded ones: most splits are done with here.
    const free = leftGradient * leftGradient * rightSize + rightGradient * rightGradient * leftSize;
    if (free * below <= above * denominator) continue;
    const ofLeft = gainBySize(leftGradient, leftSize, maxStep) * rightSize;
    const numerator = ofLeft + gainBySize(rightGradient, rightSize, maxStep) * leftSize;
    if (numerator * below <= above * denominator) continue;
    best[0] = above = numerator;
    best[1] = below = denominator;
    best[2] = sum;
    found = cell;
  }
  return found;
}
