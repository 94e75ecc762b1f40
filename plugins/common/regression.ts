// Linear regression that learns row by row and minimises the absolute error.
import type { StateWalk } from './saved_state.js';

/** Errors below this part of the usual one do not weigh more than it. */
const errorFloor = 0.4;
/** The mean absolute error follows with this weight. */
const errorRate = 0.01;
/** Mean of the diagonal of the inverse from which on it is shrunk: rows that say nothing would let it grow for ever. */
const inverseMost = 1e4;

/**
 * Recursive least squares with forgetting, in which a row weighs the inverse of its error: iteratively reweighted least squares
 * (Holland & Welsch 1977), a row at a time. So it tends to the median, and one wild value moves it little.
 */
export class Regression {
  readonly #weights: Float64Array;
  /** Of the weighted products of features: the upper triangle, row by row. */
  readonly #inverse: Float64Array;
  readonly #gain: Float64Array;
  #error = 0;
  #rows = 0;

  /** `memory`: what a row weighs when the next one has come, below 1. */
  constructor(
    readonly features: number,
    readonly memory: number,
  ) {
    this.#weights = new Float64Array(features);
    this.#inverse = new Float64Array((features * (features + 1)) / 2);
    this.#gain = new Float64Array(features);
    for (let row = 0, at = 0; row < features; at += features - row++) this.#inverse[at] = 1;
  }

  /** May be of more features than the regression has: the first ones count. */
  predict(features: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.features; i++) sum += this.#weights[i]! * features[i]!;
    return sum;
  }

  learn(features: Float64Array, target: number): void {
    const error = target - this.predict(features);
    this.#error += (Math.abs(error) - this.#error) * Math.max(errorRate, 1 / ++this.#rows);
    const weight = 1 / Math.max(Math.abs(error) / (this.#error || 1), errorFloor);
    const spread = this.memory / weight + this.#gainOf(features);
    if (!(spread > 1e-12 && spread < Infinity)) return;
    for (let i = 0; i < this.features; i++) this.#weights[i]! += (this.#gain[i]! * error) / spread;
    this.#narrow(spread);
  }

  /** The inverse times the features, into #gain; answers that times the features. */
  #gainOf(features: Float64Array): number {
    const [inverse, gain, count] = [this.#inverse, this.#gain, this.features];
    gain.fill(0);
    for (let row = 0, at = 0; row < count; row++) {
      const feature = features[row]!;
      let sum = inverse[at++]! * feature;
      for (let column = row + 1; column < count; column++, at++) {
        sum += inverse[at]! * features[column]!;
        gain[column]! += inverse[at]! * feature;
      }
      gain[row]! += sum;
    }
    let product = 0;
    for (let i = 0; i < count; i++) product += gain[i]! * features[i]!;
    return product;
  }

  #narrow(spread: number): void {
    const [inverse, gain, count] = [this.#inverse, this.#gain, this.features];
    let trace = 0;
    for (let row = 0, at = 0; row < count; row++) {
      const part = gain[row]! / spread;
      const diagonal = at;
      for (let column = row; column < count; column++, at++) inverse[at] = (inverse[at]! - part * gain[column]!) / this.memory;
      inverse[diagonal] = Math.max(inverse[diagonal]!, 1e-12);
      trace += inverse[diagonal]!;
    }
    const shrink = (inverseMost * count) / trace;
    if (shrink < 1) for (let at = 0; at < inverse.length; at++) inverse[at]! *= shrink;
  }

  walk(state: StateWalk): void {
    state.numbers(this.#weights);
    state.numbers(this.#inverse);
    this.#error = state.number(this.#error, 0);
    this.#rows = state.number(this.#rows, 0);
  }
}
