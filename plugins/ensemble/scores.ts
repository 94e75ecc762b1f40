// How good each of several orders has been lately, by how many keys there was room for.
//
// A lesson is a weighted sample of keys with the reads that came next: walking down an order, the weights say how many keys lie
// above, and targets times weights how many reads those would have served.

import type { StateWalk } from '../common/saved_state.js';

/** Budgets that are told apart: powers of two, from 1 on. */
export const budgetSteps = 21;
export const stepOf = (budget: number): number => Math.min(budgetSteps - 1, Math.round(Math.log2(Math.max(1, budget))));

/** Rows, the one with the highest score first. */
export function orderOf(scores: Float32Array): Uint32Array {
  const rows = new Uint32Array(scores.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  return rows.toSorted((a, b) => scores[b]! - scores[a]! || a - b);
}

/** Reads that the first keys of an order serve, for each budget. */
export function servedByStep(order: Uint32Array, targets: Float32Array, weights: Float32Array): Float64Array {
  const served = new Float64Array(budgetSteps);
  let [keys, reads, step] = [0, 0, 0];
  for (const row of order) {
    for (; step < budgetSteps && keys + weights[row]! / 2 > 2 ** step; step++) served[step] = reads;
    keys += weights[row]!;
    reads += weights[row]! * targets[row]!;
  }
  return served.fill(reads, step);
}

/** Decayed means over lessons, of several orders. */
export class Scores {
  readonly #means: readonly Float64Array[];
  readonly #kept: number;
  #weight = 0;

  /** `halfLife`: in lessons. */
  constructor(orders: number, halfLife: number) {
    this.#means = Array.from({ length: orders }, () => new Float64Array(budgetSteps));
    this.#kept = 2 ** (-1 / halfLife);
  }

  /** What each order would have served after one more crash point. */
  add(served: readonly Float64Array[]): void {
    this.#weight = this.#weight * this.#kept + 1;
    for (const [order, means] of this.#means.entries())
      for (let step = 0; step < budgetSteps; step++) means[step]! += (served[order]![step]! - means[step]!) / this.#weight;
  }

  /** For saving and loading. */
  walk(state: StateWalk): void {
    this.#weight = state.number(this.#weight, 0, 1 / (1 - this.#kept));
    for (const means of this.#means) state.numbers(means);
  }

  /** Reads served at a budget. */
  of(order: number, step: number): number {
    return this.#means[order]![step]!;
  }

  /** Reads that a key at a place of the order is good for, by steps of the place: never rising. */
  density(order: number): Float64Array {
    const served = this.#means[order]!;
    const density = served.map((reads, step) => (step === 0 ? reads : (reads - served[step - 1]!) / 2 ** (step - 1)));
    for (let step = 1; step < budgetSteps; step++) density[step] = Math.min(density[step]!, density[step - 1]!);
    return density;
  }
}

/** Adds to each row what its place in an order is good for; between steps by the logarithm of the place. */
export function addDensity(order: Uint32Array, weights: Float32Array | undefined, density: Float64Array, out: Float32Array): void {
  let place = 0;
  for (const row of order) {
    const weight = weights ? weights[row]! : 1;
    const at = Math.min(budgetSteps - 2, Math.log2(place + weight / 2 + 1));
    const step = Math.floor(at);
    out[row]! += density[step]! + (density[step + 1]! - density[step]!) * (at - step);
    place += weight;
  }
}
