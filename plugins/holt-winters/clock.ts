// The time of a series in steps: what its step is, and how many intervals are missing.
import type { StateWalk } from '../common/saved_state.js';

const regularLeast = 0.5;
const regularMost = 1.5;
/** So many intervals of another length in a row are the new step. */
const otherUntilReset = 4;
/** Regular intervals that the step is the mean of: times may vary, single intervals tell little. */
const meanMost = 4096;

/** No gap counts as longer. */
const stepsMost = 1e9;

/** Times that are unknown (below 0) or do not rise, as where they begin anew, count as one step. */
export class Clock {
  /** Mean length of a regular interval, in seconds; 0: not known yet. */
  step = 0;
  #seconds = -1;
  #regular = 0;
  #others = 0;

  /** How many steps there are from the last value to `seconds`, at least 1. */
  stepsTo(seconds: number): number {
    const passed = seconds - this.#seconds;
    if (!(seconds >= 0) || this.#seconds < 0 || !(passed > 0) || this.step === 0) return 1;
    return Math.min(Math.max(1, Math.round(passed / this.step)), stepsMost);
  }

  /** A value has come. Answers whether the step is now another one. */
  advance(seconds: number): boolean {
    const [passed, known] = [seconds - this.#seconds, this.#seconds >= 0];
    if (!(seconds >= 0 && seconds < Infinity)) return false;
    this.#seconds = seconds;
    if (!known || !(passed > 0)) return false;
    const ratio = this.step === 0 ? 0 : passed / this.step;
    if (ratio > regularLeast && ratio < regularMost) {
      this.#others = 0;
      this.#regular = Math.min(this.#regular + 1, meanMost);
      this.step += (passed - this.step) / this.#regular;
      return false;
    }
    if (this.step > 0 && ++this.#others < otherUntilReset) return false;
    [this.step, this.#regular, this.#others] = [passed, 1, 0];
    return true;
  }

  walk(state: StateWalk): void {
    this.step = state.number(this.step, 0);
    this.#seconds = state.number(this.#seconds, -1);
    this.#regular = state.number(this.#regular, 0, meanMost);
    this.#others = state.number(this.#others, 0, otherUntilReset);
  }
}
