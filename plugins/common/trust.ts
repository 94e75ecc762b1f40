// How far a forecast is followed beyond the last value: as far as it has beaten it.
import type { StateWalk } from './saved_state.js';

/** What a step weighs when the next one with an error of the usual size has come. */
const memory = 0.99;
/** The usual error follows with this weight. */
const usualRate = 0.03;
/** In standard deviations of what chance wins: from the first on a forecast is followed a little, from the other on wholly. */
const [surenessLeast, surenessMost] = [0.5, 2.5];
/** At stake is no more than this part of what was won lately, and that part of what the last value has erred by. */
const [stakeOfWon, stakeOfErrors] = [0.5, 0.01];

/** A forecast against the last value, step by step; what is long ago has faded, but not for want of errors. */
class Contest {
  /** By how much less the forecast has erred; the last value's errors; and the squares of what was won or lost in a step. */
  readonly #sums = new Float64Array(3);
  #usual = 0;

  /**
   * What was won, in standard deviations of what would be won if each step were won or lost by the throw of a coin: Fisher's
   * randomization test ("The Design of Experiments", 1935, section 21) with the normal distribution in place of all throws.
   */
  get sureness(): number {
    const [won, , squares] = this.#sums as unknown as [number, number, number];
    return squares > 0 ? won / Math.sqrt(squares) : 0;
  }
  get stake(): number {
    const [won, errors] = this.#sums as unknown as [number, number];
    return stakeOfWon * Math.max(0, won) + stakeOfErrors * errors;
  }

  learn(error: number, lastError: number): void {
    const greater = Math.max(error, lastError);
    if (greater === 0) return;
    const news = this.#usual > 0 ? Math.min(1, greater / this.#usual) : 1;
    this.#usual += (greater - this.#usual) * (this.#usual > 0 ? usualRate * news : 1);
    const kept = 1 - (1 - memory) * news;
    const won = lastError - error;
    for (const [at, step] of [won, lastError, won * won].entries()) this.#sums[at] = kept * this.#sums[at]! + step;
  }

  walk(state: StateWalk): void {
    state.numbers(this.#sums);
    this.#usual = state.number(this.#usual, 0);
  }
}

/**
 * In load that is nearly always 0 and comes in a few bursts the last value is hard to beat, and a forecast that was better once or
 * twice was so by chance. So a forecast is followed as far as it is sure to be the better one, after a zero and after any other
 * value apart. And as what held of small bursts need not hold of one that is larger than all before, no more is at stake than what
 * can be lost without falling far behind the last value.
 */
export class Trust {
  readonly #afterValue = new Contest();
  readonly #afterZero = new Contest();
  readonly #always = new Contest();

  #contestAfter(last: number): Contest {
    return last === 0 ? this.#afterZero : this.#afterValue;
  }

  /** A value between the last one and the forecast. */
  follow(last: number, forecast: number): number {
    const { sureness } = this.#contestAfter(last);
    const share = Math.min(1, Math.max(0, (sureness - surenessLeast) / (surenessMost - surenessLeast)));
    const { stake } = this.#always;
    return last + Math.max(-stake, Math.min(stake, share * (forecast - last)));
  }

  /** What came after the last value. */
  learn(last: number, forecast: number, value: number): void {
    const [error, lastError] = [Math.abs(forecast - value), Math.abs(last - value)];
    this.#contestAfter(last).learn(error, lastError);
    this.#always.learn(error, lastError);
  }

  walk(state: StateWalk): void {
    for (const contest of [this.#afterValue, this.#afterZero, this.#always]) contest.walk(state);
  }
}
