// One data set: how well and how fast the trees learn it.
import { train, type LossName, type TreeModel, type TreeOptions } from '../../plugins/gradient-boosted/trees/index.js';
import { median } from '../common/statistics.js';
import type { TrialSet } from './sets/sets.js';
import { runXgboost } from './xgboost.js';

/** What both libraries are told. */
export type Growth = Pick<TreeOptions, 'trees' | 'leaves' | 'learningRate' | 'lambda' | 'minHessian' | 'bins'>;

export interface TrialSettings {
  readonly growth: Growth;
  readonly runs: number;
  readonly seed: number;
  /** For files. */
  readonly directory: string;
  /** The program with XGBoost, if there is one. */
  readonly xgboost: string | undefined;
}

/** What was measured of one library. */
export interface Measured {
  readonly error: number;
  /** Of each run, the first one of a program that has just begun. */
  readonly trainSeconds: readonly number[];
  /** The least CPU time of a run, which other programs stretch less. */
  readonly cpuSeconds: number;
  /** Microseconds a row, the median of the runs. */
  readonly predictUs: number;
}

export interface Trial {
  readonly name: string;
  readonly loss: LossName;
  readonly rows: number;
  readonly columns: number;
  readonly heldRows: number;
  readonly ours: Measured;
  readonly peer?: Measured;
}

const limit = (share: number): number => Math.min(1 - 1e-7, Math.max(1e-7, share));

/** Of one row: the squared error, half of the deviance of a rate, or the negative logarithm of the likelihood. */
const lossOf: Readonly<Record<LossName, (response: number, target: number) => number>> = {
  squared: (response, target) => (response - target) ** 2,
  poisson: (response, target) => response - target + (target > 0 ? target * Math.log(target / Math.max(1e-12, response)) : 0),
  logistic: (response, target) => -(target * Math.log(limit(response)) + (1 - target) * Math.log(1 - limit(response))),
};

/** The root of the mean squared error, the mean deviance, or the mean log loss. */
export function errorOf(loss: LossName, responses: Float32Array, targets: Float32Array): number {
  const mean = targets.reduce((sum, target, row) => sum + lossOf[loss](responses[row]!, target), 0) / targets.length;
  return loss === 'squared' ? Math.sqrt(mean) : loss === 'poisson' ? 2 * mean : mean;
}

function timed<Result>(work: () => Result): { result: Result; seconds: number; cpuSeconds: number } {
  const [begun, used] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(used);
  return { result, seconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 };
}

function measureOurs({ loss, grown, held }: TrialSet, { growth, runs, seed }: TrialSettings): Measured {
  const trained = () => timed((): TreeModel => train(grown.data, grown.targets, { loss, ...growth, seed }));
  const all = Array.from({ length: runs }, trained);
  const model = all[0]!.result;
  const predictions = Array.from({ length: runs * 5 }, () => timed(() => model.predict(held.data)));
  return {
    error: errorOf(loss, predictions[0]!.result, held.targets),
    trainSeconds: all.map(({ seconds }) => seconds),
    cpuSeconds: Math.min(...all.map(({ cpuSeconds }) => cpuSeconds)),
    predictUs: (median(predictions.map(({ seconds }) => seconds)) / held.data.rows) * 1e6,
  };
}

function measurePeer(program: string, set: TrialSet, { directory, growth, runs }: TrialSettings): Measured {
  const all = Array.from({ length: runs }, () => runXgboost(program, directory, set, growth));
  return {
    error: errorOf(set.loss, all[0]!.responses, set.held.targets),
    trainSeconds: all.map(({ trainSeconds }) => trainSeconds),
    cpuSeconds: Math.min(...all.map(({ cpuSeconds }) => cpuSeconds)),
    predictUs: (median(all.map(({ predictSeconds }) => predictSeconds)) / set.held.data.rows) * 1e6,
  };
}

export function tryOn(set: TrialSet, settings: TrialSettings): Trial {
  const { name, loss, grown, held } = set;
  const sizes = { rows: grown.data.rows, columns: grown.data.columns.length, heldRows: held.data.rows };
  const ours = measureOurs(set, settings);
  const peer = settings.xgboost === undefined ? undefined : measurePeer(settings.xgboost, set, settings);
  return { name, loss, ...sizes, ours, ...(peer && { peer }) };
}
