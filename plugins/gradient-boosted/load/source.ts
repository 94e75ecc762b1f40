// What is known of a source of load: its usual cost, and which way of foretelling has erred least lately.
import type { StateWalk } from '../../common/saved_state.js';
import { Trust } from '../../common/trust.js';

/** Ways of foretelling a cost: by trees, and the plain ones that trees must beat. */
export const ways = ['trees', 'typeCost', 'lastCost', 'lately'] as const;

const usualRate = 0.002;
const latelyRate = 0.3;
/** For the usual cost, none counts as more than so many usual ones. */
const usualMost = 100;
/** What an error weighs when the next one has come. */
const memory = 0.99;
/** No single error counts as more than so many usual costs. */
const errorMost = 10;

/** Whether it can be a cost; others are passed over. */
export const isCost = (cost: number): boolean => cost >= 0 && cost < Infinity;

export class SourceCosts {
  /** The mean of the last few costs. */
  lately = 0;
  #usual = 0;
  #unit = 0;
  #rows = 0;
  readonly #errors = new Float64Array(ways.length);
  readonly #trust = new Trust();

  get isNew(): boolean {
    return this.#rows === 0;
  }
  /** What trees count its costs in: the usual cost when they were grown. 0: there has been none above 0. */
  get unit(): number {
    return this.#unit > 0 ? this.#unit : this.#usual;
  }
  settleUnit(): void {
    this.#unit = this.#usual;
  }

  /** What the plain ways say; what a way cannot know, the next one says. In the place of trees stands the first of them. */
  foretell(typeCost: number, lastCost: number, forecasts: Float64Array): void {
    forecasts[3] = this.lately;
    forecasts[2] = isCost(lastCost) ? lastCost : this.lately;
    forecasts[1] = isCost(typeCost) ? typeCost : forecasts[2]!;
    forecasts[0] = forecasts[1]!;
  }

  /** What the way says that has erred least lately; in a series, as far as that has been better than the last cost. */
  choose(forecasts: Float64Array, inSeries: boolean): number {
    const best = forecasts[this.#best]!;
    return inSeries ? this.#trust.follow(forecasts[2]!, best) : best;
  }

  /** Trees before others that err as much. */
  get #best(): number {
    let best = 0;
    for (let way = 1; way < ways.length; way++) if (this.#errors[way]! < this.#errors[best]!) best = way;
    return best;
  }

  learn(cost: number): void {
    this.#rows++;
    const counted = this.#usual > 0 ? Math.min(cost, usualMost * this.#usual) : cost;
    this.#usual += (counted - this.#usual) * Math.max(usualRate, 1 / this.#rows);
    this.lately += (cost - this.lately) * Math.max(latelyRate, 1 / this.#rows);
  }

  /** What the ways said of a cost that is now known. */
  judge(forecasts: Float64Array, inSeries: boolean, cost: number): void {
    if (inSeries) this.#trust.learn(forecasts[2]!, forecasts[this.#best]!, cost);
    const most = errorMost * this.#usual;
    for (let way = 0; way < ways.length; way++)
      this.#errors[way] = memory * this.#errors[way]! + Math.min(Math.abs(forecasts[way]! - cost), most);
  }

  walk(state: StateWalk): void {
    this.lately = state.number(this.lately, 0);
    this.#usual = state.number(this.#usual, 0);
    this.#unit = state.number(this.#unit, 0);
    this.#rows = state.number(this.#rows, 0);
    state.numbers(this.#errors);
    this.#trust.walk(state);
  }
}
