// The plugins of load on series and on records.
import gradientBoosted from '../../../plugins/gradient-boosted/load/index.js';
import holtWinters from '../../../plugins/holt-winters/index.js';
import recordCost from '../../../plugins/record-cost/index.js';
import { costColumns, plainGuesses } from './guesses.js';
import { rankCorrelation } from './ranks.js';
import type { CostedRecords } from './records.js';
import { scoreOf, type SeriesScore } from './score.js';
import type { LoadSeries } from './series.js';
import { created, walkForward } from './walk.js';

const ofSeries = [holtWinters, gradientBoosted] as const;
const ofRecords = [recordCost, gradientBoosted] as const;
/** Records before this part of them are learned of only. */
const warmUp = 0.1;

/** How good a guess of the costs of records was. */
export interface CostScore {
  /** The plugin, or what a plain guess goes by. */
  readonly by: string;
  readonly plugin: boolean;
  /** Of the ranks of guesses and costs. */
  readonly correlation: number;
  /** The mean absolute one, in the unit of the costs. */
  readonly error: number;
  /** Sum of guesses over sum of costs. */
  readonly sums: number;
}

export interface RecordsScore {
  readonly name: string;
  readonly about: string;
  readonly records: number;
  readonly scores: readonly CostScore[];
}

/** All series by each plugin: one predictor for all of them, each series as a source of its own. */
export async function scoreSeries(series: readonly LoadSeries[], say: (text: string) => void): Promise<SeriesScore[]> {
  const scores: SeriesScore[] = [];
  for (const plugin of ofSeries) {
    const predictor = created(plugin);
    for (const [source, one] of series.entries()) {
      const { values, seconds } = one;
      const lastCost = values.map((_, at) => values[at - 1] ?? -1);
      const rows = { source: values.map(() => source), seconds, lastCost };
      scores.push(scoreOf(one, plugin.name, await walkForward(predictor, plugin.columns, rows, values)));
      say(`${plugin.name}: ${one.family} ${one.name}`);
    }
  }
  return scores;
}

/** Guesses against true costs, from the end of the warm-up on. */
export function costScoreOf(by: string, plugin: boolean, guessed: Float64Array, cost: Float64Array): CostScore {
  const from = Math.ceil(cost.length * warmUp);
  const [guesses, costs] = [guessed.subarray(from), cost.subarray(from)];
  const sum = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0);
  const error = sum(costs.map((own, at) => Math.abs(guesses[at]! - own))) / costs.length;
  return { by, plugin, correlation: rankCorrelation(guesses, costs), error, sums: sum(guesses) / sum(costs) };
}

export async function scoreRecords(records: CostedRecords, say: (text: string) => void): Promise<RecordsScore> {
  const { name, about, seconds, bytes, type, complexity, cost } = records;
  const rows = { source: cost.map(() => 0), seconds, bytes, type, complexity, ...costColumns(records) };
  const scores: CostScore[] = [];
  for (const plugin of ofRecords) {
    say(`${plugin.name}: ${name}`);
    scores.push(costScoreOf(plugin.name, true, await walkForward(created(plugin), plugin.columns, rows, cost), cost));
  }
  for (const [by, guessed] of Object.entries(plainGuesses(records))) scores.push(costScoreOf(by, false, guessed, cost));
  return { name, about, records: cost.length - Math.ceil(cost.length * warmUp), scores };
}
