// Rows with targets, to train from and held out.
import type { Rows } from '../../../plugins/gradient-boosted/trees/index.js';
import type { Random } from '../../demo/random.js';

/** Rows with their targets. */
export interface Sample {
  readonly data: Rows;
  readonly targets: Float32Array;
}

/** Rows to train from, and rows to try the model on. */
export interface Samples {
  readonly grown: Sample;
  readonly held: Sample;
}

/** One row: its values, and the target. */
export type Row = readonly [values: readonly number[], target: number];

export function sampleOf(rows: readonly Row[]): Sample {
  const columns = rows[0]![0].map((_, column) => Float32Array.from(rows, ([values]) => values[column]!));
  return { data: { rows: rows.length, columns }, targets: Float32Array.from(rows, ([, target]) => target) };
}

/** Some of a list, each as likely, in an order drawn by the seed. */
export function drawn<Item>(items: readonly Item[], count: number, random: Random): Item[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const at = Math.floor(random.next() * left.length);
    const item = left[at]!;
    left[at] = left.at(-1)!;
    left.pop();
    return item;
  });
}
