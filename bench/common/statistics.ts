// Medians, spreads, and the time until a rate is reached.

/** Latencies are told at these shares. */
export const latencyShares = [0.5, 0.9, 0.99, 0.999] as const;

export function median(numbers: ArrayLike<number>): number {
  const sorted = Float64Array.from(numbers).toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** "median (least to greatest)". */
export function withSpread(numbers: readonly number[], digits = 0): string {
  const shown = (value: number) => value.toFixed(digits);
  if (numbers.length === 1) return shown(numbers[0]!);
  return `${shown(median(numbers))} (${shown(Math.min(...numbers))} to ${shown(Math.max(...numbers))})`;
}

/** The least-squares line through the points, at `x`. Undefined: the points have no two different x. */
export function onLine(xs: readonly number[], ys: readonly number[], x: number): number | undefined {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, one) => sum + (one - meanX) ** 2, 0);
  if (spread === 0) return undefined;
  const slope = xs.reduce((sum, one, at) => sum + (one - meanX) * (ys[at]! - meanY), 0) / spread;
  return meanY + slope * (x - meanX);
}

/** With about three digits. */
export const rounded = (number: number): string => (number >= 100 ? Math.round(number).toLocaleString('en') : number.toPrecision(3));

/** "median (least to greatest)", with about three digits each. */
export const roundedSpread = (numbers: readonly number[]): string =>
  numbers.length === 1
    ? rounded(numbers[0]!)
    : `${rounded(median(numbers))} (${rounded(Math.min(...numbers))} to ${rounded(Math.max(...numbers))})`;

export const binMs = 20;
const windowBins = 25;

/** The median of the second half of a run, in requests per bin. */
export const warmRate = (bins: readonly number[]): number => median(bins.slice(bins.length >> 1));

/**
 * Milliseconds from the first bin to the first from which the moving median (half a second, begun at the bin) reaches
 * `share` of the warm rate. `stays` asks besides that it never falls below again. Undefined: not in this run.
 */
export function timeToRate(bins: readonly number[], share: number, stays: boolean): number | undefined {
  const enough = share * warmRate(bins);
  const medians = bins.slice(0, -windowBins).map((_, at) => median(bins.slice(at, at + windowBins)));
  const at = stays ? medians.findLastIndex((rate) => rate < enough) + 1 : medians.findIndex((rate) => rate >= enough);
  if (at < 0 || at === medians.length) return undefined;
  // The median looks ahead: the first bin of its window that reaches the rate is the one.
  const first = bins.slice(at, at + windowBins).findIndex((rate) => rate >= enough);
  return (at + Math.max(first, 0)) * binMs;
}
