// What the trees are told of a row: the columns of the catalogue, what its source has cost lately, and the place in a day.
import type { LoadColumn } from '../../../src/predictor/index.js';

const costs = ['lastCost', 'typeCost', 'typeCostLast'] as const satisfies readonly LoadColumn[];
const asTheyAre = [
  'source', 'seconds', 'bytes', 'type', 'complexity', 'keyHeat', 'queueDepth', 'eventLoopLag', 'cpu', 'memory',
] as const satisfies readonly LoadColumn[];

export const loadColumns = [...costs, ...asTheyAre];
export type Column = (typeof loadColumns)[number];
export type Columns = Readonly<Record<Column, Float32Array>>;

/** A day is counted from the first row on; only that it comes again matters. */
const daySeconds = 86_400;
/** The first so many features are costs. */
const costCount = 1 + costs.length;
const featureCount = costCount + asTheyAre.length + 1;
/** Where the source is. */
export const sourceFeature = costCount + asTheyAre.indexOf('source');

/** An array for each feature. */
export const featuresOf = (rows: number): Float32Array[] => Array.from({ length: featureCount }, () => new Float32Array(rows));

/** Writes a row into place `to`. `lately`: what its source has cost. */
export function readRow(columns: Columns, row: number, lately: number, into: readonly Float32Array[], to: number): void {
  let at = 0;
  const tell = (value: number): void => void (into[at++]![to] = value);
  tell(lately);
  for (const name of costs) tell(columns[name][row]!);
  for (const name of asTheyAre) tell(columns[name][row]!);
  tell(columns.seconds[row]! % daySeconds);
}

/** Turns the costs of a row into units; what is not known stays as it is. */
export function toUnits(features: readonly Float32Array[], row: number, unit: number): void {
  for (let at = 0; at < costCount; at++) if (features[at]![row]! > 0) features[at]![row]! /= unit;
}
