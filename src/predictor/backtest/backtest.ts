// What an access predictor would have been worth: a trace is played, crashes are supposed at many points of it, and the reads that
// came next are counted which the keys it put first would have served.
import { foreshardError } from '../../errors/index.js';
import { AccessPipeline, type PipelineOptions } from '../access/pipeline.js';
import type { AccessWindow } from '../batch.js';
import type { AccessPredictor, Predictor } from '../define.js';
import { Baselines } from './baselines.js';
import { budgetOf, recordOverhead, type Budget } from './budget.js';
import type { Trace } from './trace.js';

export interface BacktestOptions extends Omit<PipelineOptions, 'budget'> {
  /** Crash points; default 20. */
  points?: number;
  /** Shares of the trace at which the first and the last lie; default 0.3 and 0.95. */
  from?: number;
  to?: number;
  /**
   * What there is room for: numbers of keys, shares of the keys seen ("2%"), or bytes ("64MiB"), of which each key takes its value
   * and `recordOverhead`. Default: 1000, 2%, 10%, 25%.
   */
  budgets?: readonly string[];
  /** Hears how far it is, 0 to 1. */
  progress?(share: number): void;
}

/** Of one budget: the mean over crash points of the share of the next reads that were served. */
export interface BacktestCell {
  readonly budget: string;
  /** Keys that there was room for, on average; of a budget in bytes, at the mean size of the keys seen. */
  readonly keys: number;
  /** By order: recency, count, decayed, oracle, and the name of each predictor. */
  readonly served: Readonly<Record<string, number>>;
  /** Reads of any key seen before. */
  readonly ceiling: number;
}

export interface BacktestResult {
  /** Crash points that had reads behind them. */
  readonly points: number;
  readonly cells: readonly BacktestCell[];
  /** Milliseconds of work in the predictors, by name. */
  readonly workMs: Readonly<Record<string, number>>;
}

/** A predictor that takes part. */
export interface Contestant {
  /** What its order is called; no two may be called the same. Default: the name of its definition. */
  readonly name?: string;
  readonly definition: Predictor<'access'>;
  readonly predictor: AccessPredictor;
}

const windowAccesses = 512;
export const defaultBudgets = ['1000', '2%', '10%', '25%'] as const;
const defaultHorizon = 1000;

/** The orders that are there without a predictor. */
export const baselineNames = ['recency', 'count', 'decayed', 'oracle'] as const;

/** Keys that there is room for, not rounded where it is for bytes. */
function keysOf({ unit, amount }: Budget, { seen, meanBytes }: Baselines): number {
  if (unit === 'bytes') return seen === 0 ? 0 : Math.min(seen, amount / meanBytes);
  return unit === 'share' ? Math.ceil((amount * seen) / 100) : amount;
}

/** The part of a trace as a store would tell of it; copies, so that nothing is to be seen of what comes behind it. */
function windowOf(trace: Trace, from: number, to: number): AccessWindow {
  return {
    first: from,
    keys: Float64Array.from(trace.ids.subarray(from, to), (id) => trace.keys[id]!),
    times: trace.times.slice(from, to),
    writes: trace.writes.slice(from, to),
    sizes: trace.sizes.slice(from, to),
  };
}

/** Ids of the keys of the next reads, at most so many. */
function readsAfter(trace: Trace, access: number, horizon: number): Int32Array {
  const reads = new Int32Array(horizon);
  let count = 0;
  for (let i = access; i < trace.length && count < horizon; i++) if (trace.writes[i] === 0) reads[count++] = trace.ids[i]!;
  return reads.subarray(0, count);
}

/** Which share of the reads the first keys of an order serve. */
function servedBy(order: Iterable<number>, reads: ArrayLike<number>): number {
  const first = new Set(order);
  let hits = 0;
  for (let i = 0; i < reads.length; i++) if (first.has(reads[i]!)) hits++;
  return hits / reads.length;
}

/** Means over crash points. */
class Sums {
  readonly #served = new Map<string, number>();
  #keys = 0;
  #ceiling = 0;
  constructor(readonly budget: Budget) {}

  add(name: string, share: number): void {
    this.#served.set(name, (this.#served.get(name) ?? 0) + share);
  }

  addPoint(keys: number, ceiling: number): void {
    this.#keys += keys;
    this.#ceiling += ceiling;
  }

  mean(points: number): BacktestCell {
    const served = Object.fromEntries([...this.#served].map(([name, sum]) => [name, sum / points]));
    return { budget: this.budget.text, keys: this.#keys / points, served, ceiling: this.#ceiling / points };
  }
}

function checkNames(contestants: readonly Contestant[]): void {
  const taken = new Set<string>(baselineNames);
  for (const { definition, name = definition.name } of contestants) {
    const context = { argument: 'contestants', plugin: name };
    if (taken.has(name)) throw foreshardError('bad_argument', `two orders are called "${name}"`, context);
    taken.add(name);
  }
}

/**
 * Plays the trace once for all contestants; without reads behind any crash point, there are 0 points and no cells. Rejects with
 * FORESHARD_BAD_ARGUMENT for a budget that is none, or two contestants of one name.
 */
export async function backtest(
  trace: Trace,
  contestants: readonly Contestant[],
  options: BacktestOptions = {},
): Promise<BacktestResult> {
  const { points = 20, from = 0.3, to = 0.95, budgets = defaultBudgets, horizon = defaultHorizon, progress } = options;
  checkNames(contestants);
  const run = new Run(trace, contestants, options, budgets.map((budget) => new Sums(budgetOf(budget))), horizon);
  let counted = 0;
  for (let point = 0; point < points; point++) {
    const at = Math.floor(trace.length * (from + ((to - from) * point) / Math.max(1, points - 1)));
    await run.playTo(at, (access) => progress?.(access / (trace.length * to)));
    if (await run.crash()) counted++;
  }
  return { points: counted, cells: counted === 0 ? [] : run.cells(counted), workMs: run.workMs };
}

class Run {
  readonly workMs: Record<string, number> = {};
  readonly #pipelines: { readonly name: string; readonly pipeline: AccessPipeline }[];
  readonly #baselines: Baselines;
  #now = 0;

  constructor(
    readonly trace: Trace,
    contestants: readonly Contestant[],
    options: PipelineOptions,
    readonly sums: readonly Sums[],
    readonly horizon: number,
  ) {
    this.#baselines = new Baselines(trace);
    this.#pipelines = contestants.map(({ definition, name = definition.name, predictor }) => ({
      name,
      pipeline: new AccessPipeline(definition, predictor, options),
    }));
  }

  async playTo(access: number, progress: (access: number) => void): Promise<void> {
    while (this.#now < access) {
      const end = Math.min(access, this.#now + windowAccesses);
      const window = windowOf(this.trace, this.#now, end);
      for (const { name, pipeline } of this.#pipelines) await this.#timed(name, () => pipeline.observe(window));
      this.#now = end;
      progress(end);
    }
  }

  /** False: no reads came behind it. */
  async crash(): Promise<boolean> {
    this.#baselines.advanceTo(this.#now);
    const reads = readsAfter(this.trace, this.#now, this.horizon);
    if (reads.length === 0) return false;
    const ceiling = reads.reduce((sum, id) => sum + (this.#baselines.hasSeen(id) ? 1 : 0), 0) / reads.length;
    for (const sums of this.sums) sums.addPoint(keysOf(sums.budget, this.#baselines), ceiling);
    this.#addBaselines(reads);
    for (const { name, pipeline } of this.#pipelines) await this.#timed(name, () => this.#addPredicted(name, pipeline, reads));
    return true;
  }

  cells(points: number): BacktestCell[] {
    return this.sums.map((sums) => sums.mean(points));
  }

  #addBaselines(reads: Int32Array): void {
    const baselines = this.#baselines;
    const orders = { recency: baselines.recency(), count: baselines.count(), decayed: baselines.decayed() };
    for (const [name, order] of Object.entries(orders))
      for (const sums of this.sums) sums.add(name, servedBy(this.#cut(order, sums.budget), reads));
    const oracle = baselines.oracle(reads);
    for (const sums of this.sums) {
      const { unit, amount } = sums.budget;
      const within = () => baselines.oracleWithin(reads, amount);
      sums.add('oracle', unit === 'bytes' ? within() : servedBy(this.#cut(oracle, sums.budget), reads));
    }
  }

  /** The part of an order that there is room for. */
  #cut(order: Int32Array, budget: Budget): Int32Array {
    const inBytes = budget.unit === 'bytes';
    return order.subarray(0, inBytes ? this.#baselines.fitting(order, budget.amount) : keysOf(budget, this.#baselines));
  }

  async #addPredicted(name: string, pipeline: AccessPipeline, reads: Int32Array): Promise<void> {
    const keys = Float64Array.from(reads, (id) => this.trace.keys[id]!);
    for (const sums of this.sums) {
      const { unit, amount } = sums.budget;
      const within = () => pipeline.orderWithin(amount, recordOverhead);
      const order = await (unit === 'bytes' ? within() : pipeline.order(keysOf(sums.budget, this.#baselines)));
      sums.add(name, servedBy(order, keys));
    }
  }

  async #timed(name: string, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await work();
    this.workMs[name] = (this.workMs[name] ?? 0) + performance.now() - began;
  }
}
