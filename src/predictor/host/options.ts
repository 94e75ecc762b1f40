// The option `predictors` of open(): what it means, and its check.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { badOption, describe, groupOption, numberOption, optionTable, type Check, type Checks } from '../../errors/index.js';
import type { Bundled } from '../load.js';

/** A predictor by the name of a bundled one, the path of a file (from the working directory on), or a package; or with settings. */
export type PredictorChoice = string | { readonly plugin: string; readonly settings?: Readonly<Record<string, unknown>> };

/** How a store predicts what will be wanted first after a failure. */
export interface PredictorOptions {
  /**
   * Who orders the keys. A simple order (`decaying-average`) stands by: it takes over when this one fails, or is the worse one.
   * Default: 'ensemble'.
   * @example './predictors/night-shift.js'
   */
  access?: PredictorChoice;
  /** Others that are asked as well and only scored, until one is better: then that orders the keys. At most 8. Default: none. */
  challengers?: readonly PredictorChoice[];
  /** Who tells how many failures are to be expected; false: nobody. Default: 'failure-hazard'. */
  failure?: PredictorChoice | false;
  /** Keys that features exist for, 1,000 to 4,194,304; about 130 bytes each. Default: 131072. */
  trackedKeys?: number;
  /** Keys that are predicted, at most, 16 to 1,048,576. Default: 8192. */
  keys?: number;
  /** Share of the fast-restore budget (`tiers.fastBudget`) that they may take, 0.001 to 1. Default: 1. */
  budgetShare?: number;
  /**
   * Milliseconds from open() until predicting begins, 0 to 3600000: until then a process that comes back has the processors for
   * itself. The first accesses are kept for it. Default: 10000.
   */
  startAfter?: number;
  /**
   * Milliseconds from one prediction to the next, 100 to 3600000; longer where predicting would take more than 1.5 % of a
   * core. Default: 4000.
   */
  interval?: number;
  /**
   * Accesses per second that they are shown, at most, 4,096 to 16,777,216: where there are more, it is in windows of 4,096 in a
   * row with gaps between. Default: 8192.
   */
  accessesPerSecond?: number;
  /** Milliseconds that a hook of a predictor may take before it is ended and replaced, 10 to 600000. Default: 5000. */
  deadline?: number;
  /**
   * Bytes that the thread of a predictor may hold, 16 MiB to 16 GiB; garbage that is not collected yet cannot be told from that, so
   * as much again is let pass. Default: 268435456.
   */
  memoryLimit?: number;
}

/** A predictor that was chosen. */
export interface Chosen {
  readonly plugin: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The options, complete. */
export interface PredictorPolicy {
  readonly access: Chosen;
  readonly challengers: readonly Chosen[];
  readonly failure: Chosen | undefined;
  readonly trackedKeys: number;
  readonly keys: number;
  readonly budgetShare: number;
  readonly startAfterMs: number;
  readonly intervalMs: number;
  readonly accessesPerSecond: number;
  readonly deadlineMs: number;
  readonly memoryLimit: number;
}

const challengersMax = 8;
const aChoice = "the name of a predictor, a path or a package, or { plugin, settings }";

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether there is such a module at all; importing it is left to the thread that it will run in. */
function isThere(plugin: string, bundled: Bundled): boolean {
  if (Object.hasOwn(bundled, plugin)) return true;
  try {
    createRequire(join(process.cwd(), 'from.js')).resolve(plugin);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
}

const choiceOption =
  (bundled: Bundled): Check =>
  (option, value) => {
    const { plugin, settings, ...others } = isPlainObject(value) ? value : { plugin: value };
    const settingsFit = settings === undefined || isPlainObject(settings);
    if (typeof plugin !== 'string' || plugin === '' || !settingsFit || Object.keys(others).length > 0)
      throw badOption(option, value, aChoice);
    if (!isThere(plugin, bundled))
      throw badOption(option, plugin, `a file or package, or one of ${Object.keys(bundled).join(', ')}`);
    checkPlain(option, settings);
  };

/** Settings go to another thread, and are part of what state is known by. */
function checkPlain(option: string, settings: unknown): void {
  try {
    structuredClone(settings);
    JSON.stringify(settings);
  } catch {
    throw badOption(`${option}.settings`, settings, 'plain data, as in JSON: it goes to another thread');
  }
}

const listOf =
  (check: Check): Check =>
  (option, value) => {
    if (!Array.isArray(value) || value.length > challengersMax)
      throw badOption(option, value, `a list of at most ${challengersMax} predictors, not ${describe(value)}`);
    for (const [i, item] of value.entries()) check(`${option}[${i}]`, item);
  };

const checksOf = (bundled: Bundled): Checks<PredictorOptions> => ({
  access: choiceOption(bundled),
  challengers: listOf(choiceOption(bundled)),
  failure: (option, value) => value === false || choiceOption(bundled)(option, value),
  trackedKeys: numberOption('trackedKeys'),
  keys: numberOption('predictionKeys'),
  budgetShare: numberOption('predictedShare'),
  startAfter: numberOption('predictorStart'),
  interval: numberOption('predictionInterval'),
  accessesPerSecond: numberOption('predictorAccesses'),
  deadline: numberOption('predictorDeadline'),
  memoryLimit: numberOption('predictorMemory'),
});

/** With settings as they are now: whoever gave them may change theirs. */
function chosen(choice: PredictorChoice): Chosen {
  const { plugin, settings = {} } = typeof choice === 'string' ? { plugin: choice } : choice;
  return { plugin, settings: structuredClone(settings) };
}

/** Throws FORESHARD_BAD_OPTION, which names the option, for what cannot be; a predictor that is nowhere included. */
export function predictorPolicy(options: PredictorOptions, bundled: Bundled): PredictorPolicy {
  groupOption(checksOf(bundled))('predictors', options);
  const { failure = 'failure-hazard' } = options;
  return {
    access: chosen(options.access ?? 'ensemble'),
    challengers: (options.challengers ?? []).map(chosen),
    failure: failure === false ? undefined : chosen(failure),
    trackedKeys: options.trackedKeys ?? optionTable.trackedKeys.default,
    keys: options.keys ?? optionTable.predictionKeys.default,
    budgetShare: options.budgetShare ?? optionTable.predictedShare.default,
    startAfterMs: options.startAfter ?? optionTable.predictorStart.default,
    intervalMs: options.interval ?? optionTable.predictionInterval.default,
    accessesPerSecond: options.accessesPerSecond ?? optionTable.predictorAccesses.default,
    deadlineMs: options.deadline ?? optionTable.predictorDeadline.default,
    memoryLimit: options.memoryLimit ?? optionTable.predictorMemory.default,
  };
}
