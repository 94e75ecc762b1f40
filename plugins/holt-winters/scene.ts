// What the methods look at: the last values of a series, their medians, and the seasons.
import type { StateWalk } from '../common/saved_state.js';
import { History } from './history.js';
import { FoundPeriod, noSeasons, seasonsOf, type Seasons } from './season.js';
import { Profile } from './smoothing.js';

/** Lengths of the running medians. */
export const medianLengths = [3, 9, 25, 61] as const;

const dayRate = 0.25;
const hourRate = 0.1;
const windows = medianLengths.map((length) => new Float64Array(length));

/** The median of the newest values; the upper one of two. */
function runningMedian(history: History, into: Float64Array): number {
  const window = into.subarray(0, history.copyNewest(into)).toSorted();
  return window[window.length >> 1]!;
}

export class Scene {
  readonly history = new History();
  readonly found = new FoundPeriod();
  /** Where the newest value lies, in steps since the first one; gaps count. */
  place = -1;
  /** In seconds, that the seasons are of; 0: not known. */
  step = 0;
  seasons: Seasons = noSeasons;
  /** Means for each step of a day and of an hour. */
  day: Profile | undefined;
  hour: Profile | undefined;
  readonly medians = new Float64Array(medianLengths.length);

  get last(): number {
    return this.history.back(0);
  }

  /** Places go on, with the last value in them. */
  skip(steps: number): void {
    for (let i = 0; i < Math.min(steps, 4096); i++) this.history.push(this.last);
    this.place += steps;
  }

  /** `known`: it was measured; profiles learn nothing of others. */
  push(value: number, known: boolean): void {
    this.history.push(value);
    this.place++;
    if (known) {
      this.day?.learn(this.place, value);
      this.hour?.learn(this.place, value);
    }
    this.found.look(this.history);
    this.#readMedians();
  }

  #readMedians(): void {
    for (const [at, window] of windows.entries()) this.medians[at] = runningMedian(this.history, window);
  }

  /** The seasons of a step, from the next value on. Answers whether the day is now of another length. */
  setStep(step: number): boolean {
    const before = this.seasons;
    this.step = step;
    this.seasons = seasonsOf(step);
    const { hour, day } = this.seasons;
    if (hour !== before.hour) this.hour = hour > 0 ? new Profile(hour, hourRate) : undefined;
    if (day !== before.day) this.day = day > 0 ? new Profile(day, dayRate) : undefined;
    return day !== before.day;
  }

  walk(state: StateWalk): void {
    this.history.walk(state);
    this.found.walk(state);
    this.place = state.number(this.place, this.history.count - 1);
    this.day?.walk(state);
    this.hour?.walk(state);
    if (this.history.count > 0) this.#readMedians();
  }
}
