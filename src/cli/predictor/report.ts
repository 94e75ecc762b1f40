// All of a backtest: what was asked for, and what came of it; it is written as JSON as it is.
import { backtest, type BacktestOptions } from '../../predictor/backtest/backtest.js';
import { readTrace } from '../../predictor/backtest/trace.js';
import { version } from '../version.js';
import { contestantOf, type Entrant } from './contestants.js';
import { figuresOf, summaryOf, type Summary, type TraceFigures } from './figures.js';
import { Progress } from './progress.js';

export type ReportOptions = Required<Pick<BacktestOptions, 'budgets' | 'points' | 'horizon' | 'seed'>>;

export interface Report {
  readonly foreshard: string;
  readonly node: string;
  /** When it was done, as in ISO 8601. */
  readonly time: string;
  readonly predictors: readonly (Pick<Entrant, 'specifier' | 'name' | 'settings'> & { readonly version: number })[];
  readonly options: ReportOptions;
  readonly traces: readonly TraceFigures[];
  /** Traces without reads behind a crash point. */
  readonly leftOut: readonly string[];
  readonly summary: Summary;
}

/** Undefined if the trace has no reads behind a crash point. */
export async function figuresOn(
  file: string,
  entrants: readonly Entrant[],
  options: ReportOptions,
): Promise<TraceFigures | undefined> {
  const trace = await readTrace(file);
  const progress = new Progress(file);
  const contestants = entrants.map((entrant) => contestantOf(entrant, options.seed));
  try {
    const { points, cells, workMs } = await backtest(trace, contestants, { ...options, progress: (share) => progress.show(share) });
    if (points === 0) return undefined;
    const figures = cells.map((cell) => figuresOf(cell, entrants[0]!.name));
    return { trace: file, accesses: trace.length, keys: trace.keys.length, points, cells: figures, workMs };
  } finally {
    progress.end();
  }
}

export function reportOf(
  entrants: readonly Entrant[],
  options: ReportOptions,
  traces: readonly TraceFigures[],
  leftOut: readonly string[],
): Report {
  return {
    foreshard: version(),
    node: process.version,
    time: new Date().toISOString(),
    predictors: entrants.map(({ specifier, name, definition, settings }) => {
      return { specifier, name, version: definition.version, settings };
    }),
    options,
    traces,
    leftOut,
    summary: summaryOf(traces, entrants[0]!.name),
  };
}
