// Who predicts for a store, as the application sees it.
import { bundled } from '../../plugins/index.js';
import { badOption, optionTable } from '../errors/index.js';
import {
  predictorPolicy,
  Predictions,
  type Decided,
  type PredictorFigures,
  type Standing,
} from '../predictor/host/index.js';
import type { Driver } from '../store/index.js';
import type { OpenOptions } from './open.js';

const threads = {
  analyst: new URL('threads/analyst.js', import.meta.url),
  plugin: new URL('threads/plugin.js', import.meta.url),
};

/** The budget of the fast-restore image, if a store has one. */
function fastBudgetOf({ tiers, recovery, checkpoints, trackHeat }: OpenOptions): number {
  if (trackHeat === false || checkpoints === false || (recovery?.use ?? 'fast') !== 'fast') return 0;
  return tiers?.fastBudget ?? optionTable.fastBudget.default;
}

/** Throws FORESHARD_BAD_OPTION for what the option `predictors` cannot be, beside the other options. */
export function checkPredictors(options: OpenOptions<any>): void {
  const { predictors } = options;
  if (predictors === undefined || predictors === false) return;
  predictorPolicy(predictors, bundled);
  if (fastBudgetOf(options) === 0)
    throw badOption('predictors', predictors, 'left out or false where there is no heat, no checkpoint or no fast-restore budget');
}

/** The predictors of a store: who they are, how good they have been, and why one of them orders the keys. */
export class Predictors {
  readonly #predictions: Predictions | undefined;

  /** @internal */
  constructor(driver: Driver, options: OpenOptions<any>) {
    const { predictors } = options;
    const fastBudget = fastBudgetOf(options);
    if (predictors === false || fastBudget === 0) return;
    const policy = predictorPolicy(predictors ?? {}, bundled);
    this.#predictions = new Predictions(driver, { policy, fastBudget, threads });
  }

  /** @internal */
  start(): void {
    this.#predictions?.start();
  }
  /** @internal What was learned is kept. */
  async stop(): Promise<void> {
    await this.#predictions?.stop();
  }

  /** The figures of now, as in `store.stats().predictors`; undefined: nothing is predicted, or nothing was to be seen yet. */
  stats(): PredictorFigures | undefined {
    return this.#predictions?.figures;
  }

  /** Where each predictor stands, and what was decided in the past: failures and changes, up to 256, the latest last. */
  why(): { now: readonly Standing[]; past: readonly Decided[] } {
    return { now: this.#predictions?.figures?.standings ?? [], past: [...(this.#predictions?.log ?? [])] };
  }
}
