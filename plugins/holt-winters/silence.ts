// Zeros in a series that is hardly ever zero: measurements that are missing rather than load that is gone.
import type { StateWalk } from '../common/saved_state.js';

/** Until there are so many values, a zero is a value like any other. */
const valuesLeast = 20;
/** The share of zeros follows with this weight: a silence of more than twenty steps is load that is gone. */
const shareRate = 0.005;
/** From this share of zeros on they are no exception. */
const shareMost = 0.1;
const memory = 0.98;

/** While it lasts, models are given the forecast instead of the zero, and learn nothing. */
export class Silence {
  lasts = false;
  #values = 0;
  #share = 0;
  /** How often a zero came after a zero of a silence, and how often not; begun as if zeros were a little more likely to stay. */
  #stayed = 2;
  #left = 1;

  /** Whether the next value is more likely a zero than not. */
  get staysLikely(): boolean {
    return this.lasts && this.#stayed >= this.#left;
  }

  learn(value: number): void {
    if (this.lasts) {
      this.#stayed = memory * this.#stayed + Number(value === 0);
      this.#left = memory * this.#left + Number(value !== 0);
    }
    this.#share += shareRate * (Number(value === 0) - this.#share);
    this.lasts = ++this.#values > valuesLeast && value === 0 && this.#share < shareMost;
  }

  walk(state: StateWalk): void {
    this.lasts = state.number(Number(this.lasts), 0, 1) === 1;
    this.#values = state.number(this.#values, 0);
    this.#share = state.number(this.#share, 0, 1);
    this.#stayed = state.number(this.#stayed, 0);
    this.#left = state.number(this.#left, 0);
  }
}
