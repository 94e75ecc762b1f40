// Puts the forecasts of several methods together, by how well each has done of late.
import type { StateWalk } from '../common/saved_state.js';

/** What a loss weighs when the next one has come. */
const memory = 0.98;
/** How much a loss, in usual errors of the first method, takes from a weight: the exponent. */
const rate = 0.3;
/** No single loss counts as more than so many usual errors. */
const lossMost = 10;
/** The usual error follows with this weight. */
const errorRate = 0.03;
/** The first method is the plain one: it weighs so many times as much, and prevails where none is clearly better. */
const firstWeight = 4;
/** The mean is over this part of the weights, about their median. */
const middle = 0.5;

/**
 * The exponentially weighted average forecaster with discounted losses (Cesa-Bianchi & Lugosi 2006, sections 2.1 and 2.11), with
 * three changes: instead of the weighted mean it takes the mean of the middle half of the weights, near their median, as the
 * absolute error asks for, and so that a method that goes wild is not heard; losses are measured in the usual error of the first
 * method; and what was learned fades only as fast as there is something to learn.
 */
export class Committee {
  readonly #losses: Float64Array;
  readonly #weights: Float64Array;
  readonly #order: number[];
  #error = 0;
  #count = 0;

  constructor(readonly methods: number) {
    this.#losses = new Float64Array(methods);
    this.#weights = new Float64Array(methods);
    this.#order = Array.from({ length: methods }, (_, method) => method);
  }

  combine(forecasts: Float64Array): number {
    const total = this.#weigh();
    const order = this.#order;
    // Nearly in order from the time before: insertion sorts it in a few moves.
    for (let i = 1; i < order.length; i++) {
      const method = order[i]!;
      let at = i;
      for (; at > 0 && forecasts[order[at - 1]!]! > forecasts[method]!; at--) order[at] = order[at - 1]!;
      order[at] = method;
    }
    const [from, to] = [(total * (1 - middle)) / 2, (total * (1 + middle)) / 2];
    let [passed, sum, weight] = [0, 0, 0];
    for (const method of order) {
      const own = this.#weights[method]!;
      const inside = Math.max(0, Math.min(passed + own, to) - Math.max(passed, from));
      sum += inside * forecasts[method]!;
      weight += inside;
      passed += own;
    }
    return sum / weight;
  }

  #weigh(): number {
    const least = this.#losses.reduce((a, b) => Math.min(a, b), Infinity);
    for (let method = 0; method < this.methods; method++)
      this.#weights[method] = Math.exp((-rate * (this.#losses[method]! - least)) / (this.#error || 1));
    this.#weights[0]! *= firstWeight;
    return this.#weights.reduce((a, b) => a + b, 0);
  }

  /** Where all methods are right nothing is learned, and nothing forgotten: load may come in rare bursts. */
  learn(forecasts: Float64Array, value: number): void {
    let greatest = 0;
    for (let method = 0; method < this.methods; method++) greatest = Math.max(greatest, Math.abs(forecasts[method]! - value));
    if (greatest === 0) return;
    const news = this.#error > 0 ? Math.min(1, greatest / this.#error) : 1;
    this.#count += news;
    this.#error += (Math.abs(forecasts[0]! - value) - this.#error) * Math.max(errorRate * news, news / Math.max(1, this.#count));
    const kept = 1 - (1 - memory) * news;
    for (let method = 0; method < this.methods; method++) {
      const loss = Math.min(Math.abs(forecasts[method]! - value), lossMost * this.#error);
      this.#losses[method] = kept * this.#losses[method]! + loss;
    }
  }

  walk(state: StateWalk): void {
    state.numbers(this.#losses);
    this.#error = state.number(this.#error, 0);
    this.#count = state.number(this.#count, 0);
  }
}
