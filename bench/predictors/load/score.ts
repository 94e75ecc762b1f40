// How far forecasts are from series, beside plain ones.
import type { LoadSeries } from './series.js';

/** Nothing is counted before this part of a series. */
const warmUp = 0.1;
const fixedRate = 0.3;
const rates = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

export interface SeriesScore {
  readonly plugin: string;
  readonly family: string;
  readonly name: string;
  readonly points: number;
  /** Mean absolute errors, in the unit of the series. */
  readonly error: number;
  readonly lastValue: number;
  readonly average: number;
  /** Of the moving average whose weight is the best of nine for this series, as is known afterwards. */
  readonly bestAverage: number;
}

/** A moving average before each value; weight 1 is the last value. Missing values (NaN) leave it as it is. */
export function movingAverage(values: Float64Array, rate: number): Float64Array {
  let average = NaN;
  return values.map((value) => {
    const before = average;
    if (Number.isNaN(average)) average = value;
    else if (!Number.isNaN(value)) average += rate * (value - average);
    return before;
  });
}

/** Of the values that are counted; missing ones are not. */
function errorOf(forecasts: Float64Array, values: Float64Array): { error: number; points: number } {
  let [sum, points] = [0, 0];
  for (let at = Math.max(1, Math.ceil(values.length * warmUp)); at < values.length; at++) {
    const apart = Math.abs(forecasts[at]! - values[at]!);
    if (Number.isNaN(values[at]!)) continue;
    sum += apart;
    points++;
  }
  return { error: sum / points, points };
}

/** `plugin`: whose forecasts they are. */
export function scoreOf({ family, name, values }: LoadSeries, plugin: string, forecasts: Float64Array): SeriesScore {
  const averages = new Map(rates.map((rate) => [rate, errorOf(movingAverage(values, rate), values).error]));
  return {
    plugin,
    family,
    name,
    ...errorOf(forecasts, values),
    lastValue: errorOf(movingAverage(values, 1), values).error,
    average: averages.get(fixedRate)!,
    bestAverage: Math.min(...averages.values()),
  };
}

/** The error over that of the better of the last value and the moving average of weight 0.3. */
export const ratioOf = ({ error, lastValue, average }: SeriesScore): number => error / Math.min(lastValue, average);

/** The same, with the moving average whose weight is the best of nine for the series. */
export const strictRatioOf = ({ error, lastValue, bestAverage }: SeriesScore): number => error / Math.min(lastValue, bestAverage);
