// The last values of a series.
import type { StateWalk } from '../common/saved_state.js';

/** A week of five-minute values, and one value more. */
export const historyMost = 2048;

export class History {
  /** How many values there have been. */
  count = 0;
  readonly #values = new Float32Array(historyMost);

  push(value: number): void {
    this.#values[this.count++ % historyMost] = value;
  }

  /** How many can be looked at. */
  get length(): number {
    return Math.min(this.count, historyMost);
  }

  /** The value `back` places before the newest one; of what has not been or is no longer there, the oldest. There must be one. */
  back(back: number): number {
    return this.#values[(this.count - 1 - Math.min(back, this.length - 1)) % historyMost]!;
  }

  /** The newest ones into an array, in no order that is told; answers how many. */
  copyNewest(into: Float64Array): number {
    const count = Math.min(into.length, this.length);
    for (let back = 0; back < count; back++) into[back] = this.back(back);
    return count;
  }

  walk(state: StateWalk): void {
    this.count = state.number(this.count, 0, Number.MAX_SAFE_INTEGER);
    state.numbers(this.#values);
  }
}
