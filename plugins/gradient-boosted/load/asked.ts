// Rows that are asked about: what the trees are told of each, and what every way of foretelling says.
import type { TreeModel } from '../trees/index.js';
import { featuresOf, readRow, toUnits, type Columns } from './features.js';
import { isCost, ways, type SourceCosts } from './source.js';

/** Costs count as no more than so many units: a few wild ones would outweigh all others. */
export const unitsMost = 100;
const marginMost = Math.log(unitsMost);

export class Asked {
  /** Costs in them are not in units. */
  readonly features: readonly Float32Array[];
  readonly #units: Float64Array;
  readonly #forecasts: Float64Array;
  readonly #inSeries: Uint8Array;

  constructor(readonly rows: number) {
    this.features = featuresOf(rows);
    this.#units = new Float64Array(rows);
    this.#forecasts = new Float64Array(rows * ways.length);
    this.#inSeries = new Uint8Array(rows);
  }

  /** Of all ways, of one row. */
  forecasts(row: number): Float64Array {
    return this.#forecasts.subarray(row * ways.length, (row + 1) * ways.length);
  }

  /** Whether a row is known by the last cost alone, and not by that of a type. */
  isInSeries(row: number): boolean {
    return this.#inSeries[row] === 1;
  }

  /** Reads a row of some columns into its own row `to`. `unit`: of costs; 0: there is none, and trees are not asked. */
  read(columns: Columns, row: number, to: number, source: SourceCosts, unit: number): void {
    this.#units[to] = unit;
    readRow(columns, row, source.lately, this.features, to);
    const [typeCost, lastCost] = [columns.typeCost[row]!, columns.lastCost[row]!];
    this.#inSeries[to] = Number(isCost(lastCost) && !isCost(typeCost));
    source.foretell(typeCost, lastCost, this.forecasts(to));
  }

  askTrees(model: TreeModel): void {
    const columns = this.features.map((feature) => feature.slice());
    for (const [row, unit] of this.#units.entries()) if (unit > 0) toUnits(columns, row, unit);
    const margins = model.margins({ rows: this.rows, columns });
    for (const [row, unit] of this.#units.entries())
      if (unit > 0) this.#forecasts[row * ways.length] = Math.exp(Math.min(margins[row]!, marginMost)) * unit;
  }
}
