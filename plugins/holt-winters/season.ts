// The seasons of a series: hour, day and week by its step, and a period that its own autocorrelation shows.
import type { StateWalk } from '../common/saved_state.js';
import { historyMost, type History } from './history.js';

const hourSeconds = 3600;
const daySeconds = 24 * hourSeconds;
const lengthMost = historyMost - 2;

/** Lengths in steps; 0: there is none, or it is longer than what is remembered. */
export interface Seasons {
  readonly hour: number;
  readonly day: number;
  readonly week: number;
}

export const noSeasons: Seasons = { hour: 0, day: 0, week: 0 };

/** `step`: in seconds, 0 if it is not known. */
export function seasonsOf(step: number): Seasons {
  const steps = (seconds: number): number => {
    const length = step > 0 ? Math.round(seconds / step) : 0;
    return length >= 2 && length <= lengthMost ? length : 0;
  };
  const day = steps(daySeconds);
  return { hour: steps(hourSeconds), day, week: day * 7 <= lengthMost ? day * 7 : 0 };
}

const lagMost = 512;
const searchEvery = 128;
/** Autocorrelations must be so many standard deviations of chance above 0. */
const significance = 4;

/** The period that shows best in the differences of the last values: the lag of the highest autocorrelation. */
export class FoundPeriod {
  /** In steps; 0: none that chance would not show too. */
  length = 0;

  /** Looks anew now and then. */
  look(history: History): void {
    if (history.count % searchEvery === 0) this.length = strongestLag(history);
  }
  walk(state: StateWalk): void {
    this.length = state.number(this.length, 0, lagMost);
  }
}

function strongestLag(history: History): number {
  const count = Math.min(history.length, 2 * lagMost) - 1;
  // The signed root makes rare high peaks weigh less.
  const rooted = Float64Array.from({ length: count }, (_, at) => {
    const difference = history.back(at) - history.back(at + 1);
    return Math.sign(difference) * Math.sqrt(Math.abs(difference));
  });
  const power = rooted.reduce((sum, value) => sum + value * value, 0);
  let [best, strongest] = [0, power * (significance / Math.sqrt(count))];
  for (let lag = 2; lag <= Math.min(lagMost, count >> 1); lag++) {
    let sum = 0;
    for (let at = lag; at < count; at++) sum += rooted[at]! * rooted[at - lag]!;
    if (sum > strongest) [best, strongest] = [lag, sum];
  }
  return best;
}
