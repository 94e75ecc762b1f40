// Trees by their definition: every split of every leaf is tried, one row after the other. For squared loss.
import type { Rows } from '../../plugins/gradient-boosted/trees/index.js';

export interface Reference {
  readonly lambda: number;
  readonly minHessian: number;
  readonly learningRate: number;
  readonly leaves: number;
}

export interface PlainSplit {
  readonly gain: number;
  readonly left: number[];
  readonly right: number[];
}

const sumOf = (numbers: Float64Array, rows: readonly number[]): number => rows.reduce((sum, row) => sum + numbers[row]!, 0);

/** What a leaf gains by itself, twice: the square of the sum over rows and lambda. */
const alone = (residuals: Float64Array, rows: readonly number[], lambda: number): number =>
  sumOf(residuals, rows) ** 2 / (rows.length + lambda);

/** The best split of some rows, missing values below all others. */
export function bestSplit(data: Rows, residuals: Float64Array, rows: readonly number[], options: Reference): PlainSplit {
  const { lambda, minHessian } = options;
  let best: PlainSplit = { gain: 0, left: [], right: [] };
  for (const column of data.columns) {
    const valueOf = (row: number) => (Number.isNaN(column[row]!) ? -Infinity : column[row]!);
    for (const limit of new Set(rows.map(valueOf))) {
      const [left, right] = [rows.filter((row) => valueOf(row) <= limit), rows.filter((row) => valueOf(row) > limit)];
      if (Math.min(left.length, right.length) < minHessian) continue;
      const gain = alone(residuals, left, lambda) + alone(residuals, right, lambda) - alone(residuals, rows, lambda);
      if (gain > best.gain) best = { gain, left, right };
    }
  }
  return best;
}

/** What one tree says of the rows that it was grown from. */
export function grown(data: Rows, targets: Float32Array, options: Reference): Float64Array {
  const mean = targets.reduce((sum, target) => sum + target, 0) / data.rows;
  const residuals = Float64Array.from(targets, (target) => target - mean);
  const leaves = [[...residuals.keys()]];
  while (leaves.length < options.leaves) {
    const splits = leaves.map((rows) => bestSplit(data, residuals, rows, options));
    const at = splits.reduce((best, { gain }, leaf) => (gain > splits[best]!.gain ? leaf : best), 0);
    if (splits[at]!.gain <= 1e-9) break;
    leaves.splice(at, 1, splits[at]!.left, splits[at]!.right);
  }
  const responses = new Float64Array(data.rows);
  for (const rows of leaves) {
    const response = mean + (options.learningRate * sumOf(residuals, rows)) / (rows.length + options.lambda);
    for (const row of rows) responses[row] = response;
  }
  return responses;
}
