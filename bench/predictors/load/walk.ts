// Walks a predictor of load through series, row by row: each row is predicted first and learned then.
import type { Batch, LoadColumn, LoadPredictor, Predictor, PredictorContext } from '../../../src/predictor/index.js';

type Rows = { readonly [Column in LoadColumn]?: ArrayLike<number> };

const context: PredictorContext = { seed: 1, settings: {}, shouldStop: () => false };

/** A new one of its kind, with the settings that it has by default. */
export const created = (predictor: Predictor<'load'>): LoadPredictor => predictor.create(context) as LoadPredictor;

/**
 * What it predicts of each row, from the rows before. `rows`: the columns; one that is not there is unknown (-1). A target that is
 * NaN is missing.
 */
export async function walkForward(
  predictor: LoadPredictor,
  columns: readonly LoadColumn[],
  rows: Rows,
  targets: ArrayLike<number>,
): Promise<Float64Array> {
  const predicted = new Float64Array(targets.length);
  const row = Object.fromEntries(columns.map((column) => [column, Float32Array.of(-1)])) as Record<LoadColumn, Float32Array>;
  const batch: Batch<LoadColumn> = { rows: 1, columns: row };
  const outcome = { targets: new Float32Array(1), weights: Float32Array.of(1) };
  for (let at = 0; at < targets.length; at++) {
    for (const column of columns) row[column][0] = rows[column]?.[at] ?? -1;
    predicted[at] = (await predictor.predict(batch))[0]!;
    outcome.targets[0] = targets[at]!;
    await predictor.learn?.({ ...batch, ...outcome });
  }
  return predicted;
}
