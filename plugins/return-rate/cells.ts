// The cell that a key belongs to: by the octaves of its age, its count and its last gap, and whether it follows.
import type { AccessBatch } from '../../src/predictor/index.js';

export const columns = ['age', 'count', 'gap', 'follow', 'followOther'] as const;
export type Column = (typeof columns)[number];

/** Octaves that are told apart; of gaps two make one step, and the first is of keys with none. */
export const ageSteps = 22;
export const countSteps = 18;
export const gapSteps = 12;
/** What follows, and what does not. */
export const followSteps = 2;
/** Cells are laid out with the steps of the age last, so that the next age is the next cell. */
export const cellCount = followSteps * gapSteps * countSteps * ageSteps;

/** Where the rows stand. */
export interface Cells {
  readonly cell: Int32Array;
  /** How far it is to the next age and to the next count, 0 to below 1. */
  readonly agePart: Float32Array;
  readonly countPart: Float32Array;
}

/** The exponent and the first bits behind it of a float above 0: a logarithm by parts of straight lines, without computing one. */
const mantissaBits = 23;
const exponentOfOne = 127;
const octaveOf = (bits: number): number => (bits >>> mantissaBits) - exponentOfOne;
const partOf = (bits: number): number => (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;

const bitsOf = (column: Float32Array): Int32Array => new Int32Array(column.buffer, column.byteOffset, column.length);

export function cellsOf({ rows, columns: { age, count, gap, follow, followOther } }: AccessBatch<Column>): Cells {
  const cell = new Int32Array(rows);
  const [agePart, countPart] = [new Float32Array(rows), new Float32Array(rows)];
  const ages = bitsOf(age.map((accesses) => Math.max(1, accesses)));
  const [counts, gaps] = [bitsOf(count), bitsOf(gap)];
  for (let row = 0; row < rows; row++) {
    const ageStep = Math.min(ageSteps - 1, octaveOf(ages[row]!));
    const countStep = count[row]! < 1 ? 0 : Math.min(countSteps - 1, octaveOf(counts[row]!));
    const gapStep = gap[row]! < 1 ? 0 : Math.min(gapSteps - 1, 1 + (octaveOf(gaps[row]!) >> 1));
    const followStep = follow[row]! >= 0 || followOther[row]! >= 0 ? 1 : 0;
    cell[row] = ((followStep * gapSteps + gapStep) * countSteps + countStep) * ageSteps + ageStep;
    if (ageStep < ageSteps - 1) agePart[row] = partOf(ages[row]!);
    if (countStep < countSteps - 1 && count[row]! >= 1) countPart[row] = partOf(counts[row]!);
  }
  return { cell, agePart, countPart };
}
