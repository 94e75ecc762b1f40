// What the program of the benchmarks of shards is told to do, and what it tells.
import type { CutJudged } from './split/cuts.js';

interface ShardTask {
  readonly directory: string;
  readonly keys: number;
  readonly valueBytes: number;
  /** To begin with. */
  readonly shards: number;
  readonly seed: number;
}

/** A Zipf load whose hot keys become others three times; the partitioning follows it. */
export interface BalanceTask extends ShardTask {
  readonly do: 'balance';
  readonly maxShards: number;
  readonly phaseMs: number;
}

/** A full load of reads and writes, with splits and merges in some of its windows. */
export interface SplitTask extends ShardTask {
  readonly do: 'split';
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Of four windows each: quiet, with a split and a merge, quiet, control. */
  readonly rounds: number;
}

export type Task = BalanceTask | SplitTask;

/** How even the shards are at one moment, by what the keys are asked for by Zipf's law: no sampling. */
export interface ShardsMoment {
  /** Since the first phase began. */
  readonly ms: number;
  /** Why it was looked at: the load has jumped, some time has passed, or shards were changed. */
  readonly why: 'jump' | 'interval' | 'change';
  /** Where each shard begins, in units of the ring. */
  readonly starts: readonly number[];
  /** Reads made so far. */
  readonly reads: number;
  /** Busiest shard over the mean, and what no cut comes below with so many shards. */
  readonly busiest: number;
  readonly floor: number;
  /** Of 'interval': the same by the reads that were made since the last such look; those make the busiest look busier. */
  sampled?: number;
}

/** A split or merge. */
export interface ChangeSeen {
  readonly type: 'split' | 'merge';
  readonly ms: number;
  readonly pauseUs: number;
  readonly movedBytes: number;
}

export interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly reads: number;
  /** Busiest over mean of as many equal slices as there were shards to begin with. */
  readonly equalSlices: number;
  readonly moments: readonly ShardsMoment[];
  readonly changes: readonly ChangeSeen[];
}

export interface Balanced {
  readonly kind: 'balanced';
  readonly phases: readonly Phase[];
  readonly wrong: number;
}

export interface LoadWindow {
  readonly what: 'quiet' | 'split' | 'control';
  readonly requests: number;
  readonly seconds: number;
  /** Of one request in four, in milliseconds. */
  readonly p99Ms: number;
}

export interface SplitMeasured {
  readonly kind: 'split';
  readonly windows: readonly LoadWindow[];
  readonly changes: readonly ChangeSeen[];
  readonly cuts: readonly CutJudged[];
  readonly shardsAtEnd: number;
  readonly wrong: number;
}

export type Message = Balanced | SplitMeasured;
