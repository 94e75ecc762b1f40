// What gradient-boosted-load has learned, beside the rows that it keeps: sources, and trees.
import type { PredictorContext } from '../../../src/predictor/index.js';
import { Remembered } from '../../common/remembered.js';
import type { StateWalk } from '../../common/saved_state.js';
import { train, TreeModel } from '../trees/index.js';
import { unitsMost } from './asked.js';
import { featuresOf, sourceFeature, toUnits } from './features.js';
import type { KeptRows } from './kept_rows.js';
import type { Settings } from './settings.js';
import { SourceCosts } from './source.js';

const modelBytesMax = 2 ** 26;

export class Learned {
  readonly sources: Remembered<SourceCosts>;
  /** All sources together, for those that are new. */
  readonly together = new SourceCosts();
  trees: TreeModel | undefined;
  /** Rows that the trees were grown from. */
  grownFrom = 0;

  constructor(readonly settings: Settings) {
    this.sources = new Remembered(settings.maxSources, () => new SourceCosts());
  }

  /** What the costs of a source are counted in for trees. */
  unitOf(source: SourceCosts): number {
    return source.isNew ? this.together.unit : source.unit;
  }

  /** Grows trees. Those that were not finished in time are taken if they are the first, or at least half of what was wanted. */
  grow(kept: KeptRows, { seed, shouldStop }: PredictorContext): void {
    this.together.settleUnit();
    for (const source of this.sources.all()) source.settleUnit();
    const { columns, targets, weights } = this.#inUnits(kept);
    const { trees, leaves, learningRate, minHessian } = this.settings;
    const options = { loss: 'poisson', trees, leaves, learningRate, minHessian, seed: seed & 0x7fffffff } as const;
    let stopped = false;
    const extra = { weights, shouldStop: () => (stopped = shouldStop()) };
    const grown = train({ rows: kept.rows, columns }, targets, options, extra);
    kept.fresh = 0;
    if (stopped && this.trees !== undefined && 2 * grown.trees < trees) return;
    this.trees = grown;
    this.grownFrom = kept.rows;
  }

  /** Of sources that have cost nothing yet there is nothing to learn: their rows weigh nothing. */
  #inUnits({ rows, features, costs, weights }: KeptRows) {
    const columns = featuresOf(rows);
    for (const [at, column] of columns.entries()) column.set(features[at]!.subarray(0, rows));
    const [targets, weighed] = [new Float32Array(rows), new Float32Array(rows)];
    for (let row = 0; row < rows; row++) {
      const unit = this.unitOf(this.sources.find(columns[sourceFeature]![row]!) ?? this.together);
      if (!(unit > 0)) continue;
      toUnits(columns, row, unit);
      targets[row] = Math.min(costs[row]! / unit, unitsMost);
      weighed[row] = weights[row]!;
    }
    return { columns, targets, weights: weighed };
  }

  walk(state: StateWalk): void {
    const bytes = state.bytes(this.trees?.save() ?? new Uint8Array(), modelBytesMax);
    this.trees = bytes.length > 0 ? TreeModel.load(bytes) : undefined;
    this.grownFrom = state.number(this.grownFrom, 0);
    this.together.walk(state);
    this.sources.walk(state);
    if (this.trees !== undefined && this.trees.columns !== featuresOf(0).length)
      throw new Error(`the saved trees are of ${this.trees.columns} columns`);
  }
}
