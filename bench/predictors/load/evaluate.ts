// The plugins of load on series and on records.
import holtWinters from '../../../plugins/holt-winters/index.js';
import recordCost from '../../../plugins/record-cost/index.js';
import { rankCorrelation } from './ranks.js';
import type { CostedRecords } from './records.js';
import { scoreOf, type SeriesScore } from './score.js';
import type { LoadSeries } from './series.js';
import { created, walkForward } from './walk.js';

/** Records before this part of them are learned of only. */
const warmUp = 0.1;

export interface CostScore {
  readonly name: string;
  readonly about: string;
  readonly records: number;
  /** Of ranks: with the true costs, of what is predicted. */
  readonly correlation: number;
  /** The same, of sizes. */
  readonly ofBytes: number;
  /** The same, of what the last record of the same type has cost. */
  readonly ofTypeLast: number;
  /** Sum of predictions over sum of costs. */
  readonly sums: number;
}

/** All of them by one predictor, each as a source of its own. */
export async function scoreSeries(series: readonly LoadSeries[], say: (text: string) => void): Promise<SeriesScore[]> {
  const predictor = created(holtWinters);
  const scores: SeriesScore[] = [];
  for (const [source, one] of series.entries()) {
    const { values, seconds } = one;
    const lastCost = values.map((_, at) => values[at - 1] ?? -1);
    const rows = { source: values.map(() => source), seconds, lastCost };
    scores.push(scoreOf(one, await walkForward(predictor, holtWinters.columns, rows, values)));
    say(`${one.family} ${one.name}`);
  }
  return scores;
}

function lastOfType({ type, cost }: CostedRecords): Float64Array {
  const last = new Map<number, number>();
  return cost.map((own, at) => {
    const before = last.get(type[at]!) ?? 0;
    last.set(type[at]!, own);
    return before;
  });
}

export async function scoreRecords(records: CostedRecords): Promise<CostScore> {
  const { name, about, bytes, type, complexity, cost } = records;
  const predicted = await walkForward(created(recordCost), recordCost.columns, { bytes, type, complexity }, cost);
  const from = Math.ceil(cost.length * warmUp);
  const correlation = (guess: Float64Array): number => rankCorrelation(guess.subarray(from), cost.subarray(from));
  const sum = (numbers: Float64Array): number => numbers.subarray(from).reduce((a, b) => a + b, 0);
  return {
    name,
    about,
    records: cost.length - from,
    correlation: correlation(predicted),
    ofBytes: correlation(bytes),
    ofTypeLast: correlation(lastOfType(records)),
    sums: sum(predicted) / sum(cost),
  };
}
