// Predictors in tests: rows as batches and lessons, and a walk through a series.
import { columnsOf, type Batch, type Lesson, type LoadColumn } from '../../src/predictor/index.js';
import type { LoadPredictor, Predictor } from '../../src/predictor/index.js';

export type LoadRow = Partial<Record<LoadColumn, number>>;

/** A new predictor of load. */
export const createLoad = (predictor: Predictor<'load'>, settings: Record<string, unknown> = {}): LoadPredictor =>
  predictor.create({ seed: 1, settings, shouldStop: () => false });

/** All columns of the role; what a row does not say is -1. */
function batchOf(rows: readonly LoadRow[]): Batch<LoadColumn> {
  const columns = Object.fromEntries(
    columnsOf('load').map((column) => [column, Float32Array.from(rows, (row) => row[column] ?? -1)]),
  ) as Record<LoadColumn, Float32Array>;
  return { rows: rows.length, columns };
}

export const learnRows = async (predictor: LoadPredictor, rows: readonly LoadRow[], targets: readonly number[]): Promise<void> => {
  const outcome = { targets: Float32Array.from(targets), weights: new Float32Array(rows.length).fill(1) };
  const lesson: Lesson<LoadColumn> = { ...batchOf(rows), ...outcome };
  await predictor.learn!(lesson);
};

export const predictRows = async (predictor: LoadPredictor, rows: readonly LoadRow[]): Promise<number[]> =>
  Array.from(await predictor.predict(batchOf(rows)));

/** What is predicted of each row before it is learned. */
export async function walked(predictor: LoadPredictor, rows: readonly LoadRow[], targets: readonly number[]): Promise<number[]> {
  const predicted: number[] = [];
  for (const [at, row] of rows.entries()) {
    predicted.push((await predictRows(predictor, [row]))[0]!);
    await learnRows(predictor, [row], [targets[at]!]);
  }
  return predicted;
}

/** Rows of one series, a step of so many seconds apart. */
export const seriesRows = (values: readonly number[], step: number, source = 1): LoadRow[] =>
  values.map((_, at) => ({ source, seconds: at * step, lastCost: at > 0 ? (values[at - 1]! || 0) : -1 }));

/** Mean absolute error from a place on. */
export function errorFrom(from: number, predicted: readonly number[], values: readonly number[]): number {
  const errors = predicted.slice(from).map((one, at) => Math.abs(one - values[from + at]!));
  return errors.reduce((a, b) => a + b, 0) / errors.length;
}

/** What the last value as forecast errs. */
export const lastValueError = (from: number, values: readonly number[]): number =>
  errorFrom(from, [0, ...values.slice(0, -1)], values);
