// Throughput over time, and what can be read off it.

export const binMs = 10;
/** A rate counts as reached when it holds over this many bins. */
const windowBins = 5;
/** The warm rate is the median over this last share of the time after everything was in memory. */
const warmShare = 2 / 3;

/** Times in milliseconds since just before open(); -1: not reached. */
export interface Milestones {
  /** From the start of the process to just before open(). */
  readonly startMs: number;
  readonly openMs: number;
  readonly firstAnswerMs: number;
  /** Requests a second, when all is in its place. */
  readonly warmRate: number;
  readonly reached50Ms: number;
  readonly reached90Ms: number;
  readonly reached99Ms: number;
  readonly firstSecond: number;
}

export const notReached = -1;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Mean rates, in requests a second, of each run of windowBins bins. */
function windowRates(bins: readonly number[]): number[] {
  const windows = Math.max(0, bins.length - windowBins + 1);
  return Array.from({ length: windows }, (_, i) => (sum(bins.slice(i, i + windowBins)) * 1000) / (windowBins * binMs));
}

/** The end of the first window whose rate is the share of the warm rate. */
function reachedMs(rates: readonly number[], rate: number): number {
  const first = rates.findIndex((one) => one >= rate);
  return first < 0 ? notReached : (first + windowBins) * binMs;
}

/** Counts requests as they are served. */
export class Meter {
  readonly #counts: number[] = [];
  readonly #begin = performance.now();
  #openMs = notReached;
  #firstAnswerMs = notReached;

  opened(): void {
    this.#openMs = this.elapsedMs;
  }

  get elapsedMs(): number {
    return performance.now() - this.#begin;
  }

  served(): void {
    const now = this.elapsedMs;
    const bin = Math.floor(now / binMs);
    while (this.#counts.length <= bin) this.#counts.push(0);
    this.#counts[bin]!++;
    if (this.#firstAnswerMs === notReached) this.#firstAnswerMs = now;
  }

  /** The bins that are over. */
  get bins(): number[] {
    return this.#counts.slice(0, -1);
  }

  /** `fullMs`: when everything was in memory. */
  milestones(fullMs: number): Milestones {
    const bins = this.bins;
    const rates = windowRates(bins);
    const warmRate = median(rates.slice(-Math.ceil(((this.elapsedMs - fullMs) / binMs) * warmShare)));
    return {
      startMs: this.#begin,
      openMs: this.#openMs,
      firstAnswerMs: this.#firstAnswerMs,
      warmRate,
      reached50Ms: reachedMs(rates, warmRate * 0.5),
      reached90Ms: reachedMs(rates, warmRate * 0.9),
      reached99Ms: reachedMs(rates, warmRate * 0.99),
      firstSecond: sum(bins.slice(0, 1000 / binMs)),
    };
  }
}
