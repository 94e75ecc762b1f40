// The rows that trees are grown from: the latest ones, in a ring.
import { featuresOf } from './features.js';

export class KeptRows {
  /** How many there are. */
  rows = 0;
  /** How many have come since trees were grown. */
  fresh = 0;
  readonly features: readonly Float32Array[];
  readonly costs: Float32Array;
  readonly weights: Float32Array;
  #next = 0;

  constructor(readonly most: number) {
    this.features = featuresOf(most);
    this.costs = new Float32Array(most);
    this.weights = new Float32Array(most);
  }

  /** Keeps one row of some. */
  push(features: readonly Float32Array[], row: number, cost: number, weight: number): void {
    for (const [at, feature] of features.entries()) this.features[at]![this.#next] = feature[row]!;
    this.costs[this.#next] = cost;
    this.weights[this.#next] = weight;
    this.#next = (this.#next + 1) % this.most;
    this.rows = Math.min(this.rows + 1, this.most);
    this.fresh++;
  }
}
