// How good each of several orders has been lately, by how many keys there was room for.
//
// A lesson is a weighted sample of keys with the reads that came next: walking down an order, the weights say how many keys lie
// above, and targets times weights how many reads those would have served.

import type { AccessLesson } from '../../src/predictor/index.js';
import type { StateWalk } from '../common/saved_state.js';

/** Budgets that are told apart: powers of two, from 1 on. */
export const budgetSteps = 21;
/** The first orders are the simple ones, which no choice should be worse than. */
const simpleOrders = 2;
/** Latest lessons that count, and how many later ones halve what one weighs: in the long run, of late, and for densities. */
const lessonsMax = 32;
const longLessons = 16;
const lateLessons = 2;
const densityLessons = 8;
/** An order is preferred to those tried before if it was better by so many standard errors. */
const caution = 1;

/** The share of a lesson's reads that the first keys of an order serve, for each budget. */
export function servedByStep(order: Uint32Array, { targets, weights, horizon }: AccessLesson<never>): Float64Array {
  const served = new Float64Array(budgetSteps);
  let [keys, reads, step] = [0, 0, 0];
  for (const row of order) {
    for (; step < budgetSteps && keys + weights[row]! / 2 > 2 ** step; step++) served[step] = reads / horizon;
    keys += weights[row]!;
    reads += weights[row]! * targets[row]!;
  }
  return served.fill(reads / horizon, step);
}

/** Between the steps in proportion to the keys. */
function servedAt(served: Float64Array, budget: number): number {
  const at = Math.log2(Math.max(1, budget));
  const step = Math.min(budgetSteps - 2, Math.floor(at));
  const part = Math.min(1, 2 ** (at - step) - 1);
  return served[step]! + (served[step + 1]! - served[step]!) * part;
}

const meanOf = (values: readonly number[], weights: readonly number[]): number =>
  values.reduce((sum, value, i) => sum + value * weights[i]!, 0);

/** What each of so many lessons weighs, the oldest first; together 1. */
function weightsOf(lessons: number, halfLife: number): number[] {
  const weights = Array.from({ length: lessons }, (_, i) => 2 ** ((i - lessons + 1) / halfLife));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / all);
}

/** What several orders would have served in the latest lessons. A lesson weighs less the older it is. */
export class Scores {
  readonly #orders: number;
  /** Those that are not simple, in the order in which they are tried. */
  readonly #tried: readonly number[];
  /** What became of each: the share of the reads, of each order, for each budget. */
  #lessons: (readonly Float64Array[])[] = [];
  #long: number[] = [];
  #late: number[] = [];
  #forDensity: number[] = [];

  /** `orders`: how many. */
  constructor(orders: number, tried: readonly number[]) {
    this.#orders = orders;
    this.#tried = tried;
  }

  /** What each order would have served after one more crash point. */
  add(served: readonly Float64Array[]): void {
    this.#lessons.push(served);
    if (this.#lessons.length > lessonsMax) this.#lessons.shift();
    this.#weigh();
  }

  #weigh(): void {
    this.#long = weightsOf(this.#lessons.length, longLessons);
    this.#late = weightsOf(this.#lessons.length, lateLessons);
    this.#forDensity = weightsOf(this.#lessons.length, densityLessons);
  }

  /** For saving and loading. */
  walk(state: StateWalk): void {
    const count = Math.floor(state.number(this.#lessons.length, 0, lessonsMax));
    const blank = () => Array.from({ length: this.#orders }, () => new Float64Array(budgetSteps));
    this.#lessons = Array.from({ length: count }, (_, i) => {
      const served = this.#lessons[i] ?? blank();
      for (const each of served) state.numbers(each);
      return served;
    });
    this.#weigh();
  }

  /**
   * The order to trust at a budget: the better one of the simple orders, unless another was better by more than chance, and is so
   * of late, and so on with each of the others in turn. What counts is the mean difference over the lessons, less its standard
   * error: how easy a lesson was has no part in it. Without lessons: the last order.
   */
  best(budget: number): number {
    if (this.#lessons.length === 0) return this.#orders - 1;
    const served = Array.from({ length: this.#orders }, (_, order) =>
      this.#lessons.map((lesson) => servedAt(lesson[order]!, budget)),
    );
    let best = meanOf(served[1]!, this.#long) > meanOf(served[0]!, this.#long) ? 1 : 0;
    for (const order of this.#tried) {
      const differences = served[order]!.map((share, i) => share - served[best]![i]!);
      if (this.#surely(differences) > 0 && meanOf(differences, this.#late) > 0) best = order;
    }
    return best;
  }

  /** The mean of differences less `caution` standard errors, of as many lessons as such weights are worth (Kish 1965). */
  #surely(differences: readonly number[]): number {
    const mean = meanOf(differences, this.#long);
    const variance = meanOf(differences.map((difference) => (difference - mean) ** 2), this.#long);
    const lessons = 1 / this.#long.reduce((sum, weight) => sum + weight ** 2, 0);
    return mean - caution * Math.sqrt(variance / Math.max(1, lessons - 1));
  }

  /** The share of reads that a key at a place of the order is good for, by steps of the place: never rising. */
  density(order: number): Float64Array {
    const density = new Float64Array(budgetSteps);
    // Without lessons a place in a simple order is worth as much as in the other.
    if (this.#lessons.length === 0) return density.map((_, step) => (order < simpleOrders ? 2 ** -step : 0));
    for (let step = 0; step < budgetSteps; step++) {
      const served = meanOf(this.#lessons.map((lesson) => lesson[order]![step]!), this.#forDensity);
      const before = step === 0 ? 0 : meanOf(this.#lessons.map((lesson) => lesson[order]![step - 1]!), this.#forDensity);
      const each = (served - before) / Math.max(1, 2 ** (step - 1));
      density[step] = step === 0 ? each : Math.min(each, density[step - 1]!);
    }
    return density;
  }
}

/** Each place of an order as a step, not rounded: its logarithm. Without weights, orders of as many rows have the same. */
export function stepsOf(order: Uint32Array, weights?: Float32Array): Float32Array {
  const steps = new Float32Array(order.length);
  let place = 0;
  for (let i = 0; i < order.length; i++) {
    const weight = weights ? weights[order[i]!]! : 1;
    steps[i] = Math.min(budgetSteps - 2, Math.log2(place + weight / 2 + 1));
    place += weight;
  }
  return steps;
}

/** Adds to each row what its place in an order is good for; between steps in proportion. */
export function addDensity(order: Uint32Array, steps: Float32Array, density: Float64Array, out: Float32Array): void {
  for (let i = 0; i < order.length; i++) {
    const step = Math.floor(steps[i]!);
    out[order[i]!]! += density[step]! + (density[step + 1]! - density[step]!) * (steps[i]! - step);
  }
}
