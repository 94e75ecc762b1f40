// What an access predictor would have been worth: a trace is played, crashes are supposed at many points of it, and the reads that
// came next are counted which the keys it put first would have served.
import { AccessPipeline, type PipelineOptions } from '../access/pipeline.js';
import type { AccessWindow } from '../batch.js';
import type { AccessPredictor, Predictor } from '../define.js';
import { Baselines } from './baselines.js';
import type { Trace } from './trace.js';

export interface BacktestOptions extends Omit<PipelineOptions, 'budget'> {
  /** Crash points; default 20. */
  points?: number;
  /** Shares of the trace at which the first and the last lie; default 0.3 and 0.95. */
  from?: number;
  to?: number;
  /** Keys that there is room for: numbers of keys, or shares ("2%") of the keys seen. */
  budgets?: readonly string[];
  /** Hears how far it is, 0 to 1. */
  progress?(share: number): void;
}

/** Of one budget: the mean over crash points of the share of the next reads that were served. */
export interface BacktestCell {
  readonly budget: string;
  /** Keys that there was room for, on average. */
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
  readonly definition: Predictor<'access'>;
  readonly predictor: AccessPredictor;
}

const windowAccesses = 512;
export const defaultBudgets = ['1000', '2%', '10%', '25%'] as const;
const defaultHorizon = 1000;

const keysOf = (budget: string, seen: number): number =>
  budget.endsWith('%') ? Math.ceil((Number.parseFloat(budget) / 100) * seen) : Number(budget);

/** The part of a trace as a store would tell of it. */
function windowOf(trace: Trace, from: number, to: number): AccessWindow {
  return {
    first: from,
    keys: Float64Array.from(trace.ids.subarray(from, to), (id) => trace.keys[id]!),
    times: trace.times.subarray(from, to),
    writes: trace.writes.subarray(from, to),
    sizes: trace.sizes.subarray(from, to),
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
  constructor(readonly budget: string) {}

  add(name: string, share: number): void {
    this.#served.set(name, (this.#served.get(name) ?? 0) + share);
  }

  addPoint(keys: number, ceiling: number): void {
    this.#keys += keys;
    this.#ceiling += ceiling;
  }

  mean(points: number): BacktestCell {
    const served = Object.fromEntries([...this.#served].map(([name, sum]) => [name, sum / points]));
    return { budget: this.budget, keys: this.#keys / points, served, ceiling: this.#ceiling / points };
  }
}

/** Plays the trace once for all contestants. */
export async function backtest(trace: Trace, contestants: readonly Contestant[], options: BacktestOptions = {}): Promise<BacktestResult> {
  const { points = 20, from = 0.3, to = 0.95, budgets = defaultBudgets, horizon = defaultHorizon, progress } = options;
  const run = new Run(trace, contestants, options, budgets.map((budget) => new Sums(budget)), horizon);
  let counted = 0;
  for (let point = 0; point < points; point++) {
    const at = Math.floor(trace.length * (from + ((to - from) * point) / Math.max(1, points - 1)));
    await run.playTo(at, (access) => progress?.(access / (trace.length * to)));
    if (await run.crash()) counted++;
  }
  return { points: counted, cells: run.cells(counted), workMs: run.workMs };
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
    this.#pipelines = contestants.map(({ definition, predictor }) => ({
      name: definition.name,
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
    const { seen } = this.#baselines;
    const ceiling = reads.reduce((sum, id) => sum + (this.#baselines.hasSeen(id) ? 1 : 0), 0) / reads.length;
    for (const sums of this.sums) sums.addPoint(keysOf(sums.budget, seen), ceiling);
    this.#addBaselines(reads);
    for (const { name, pipeline } of this.#pipelines) await this.#timed(name, () => this.#addPredicted(name, pipeline, reads));
    return true;
  }

  cells(points: number): BacktestCell[] {
    return this.sums.map((sums) => sums.mean(points));
  }

  #addBaselines(reads: Int32Array): void {
    const orders = {
      recency: this.#baselines.recency(),
      count: this.#baselines.count(),
      decayed: this.#baselines.decayed(),
      oracle: this.#baselines.oracle(reads),
    };
    for (const [name, order] of Object.entries(orders))
      for (const sums of this.sums) sums.add(name, servedBy(order.subarray(0, keysOf(sums.budget, this.#baselines.seen)), reads));
  }

  async #addPredicted(name: string, pipeline: AccessPipeline, reads: Int32Array): Promise<void> {
    const keys = Float64Array.from(reads, (id) => this.trace.keys[id]!);
    for (const sums of this.sums) {
      const order = await pipeline.order(keysOf(sums.budget, this.#baselines.seen));
      sums.add(name, servedBy(order, keys));
    }
  }

  async #timed(name: string, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await work();
    this.workMs[name] = (this.workMs[name] ?? 0) + performance.now() - began;
  }
}
