// What the program of recoveries is told to do, and what it tells.
import type { OpenOptions } from '../../../src/index.js';

export type ReplayedOptions = Pick<OpenOptions, 'memoryLimit' | 'segmentBytes' | 'tiers' | 'predictors'>;

/** The part of a trace that goes into the store, or comes behind a crash. */
export interface Task {
  readonly directory: string;
  readonly options: ReplayedOptions;
  readonly replay: ReplayOptions;
  /** Numbers of accesses: where to begin, and where to stop and wait for the end. */
  readonly from: number;
  readonly to: number;
  /** Accesses per second. */
  readonly rate: number;
}

export interface ReplayOptions {
  readonly file: string;
  /** Accesses of the trace that are used, from its beginning. */
  readonly accesses: number;
  /** Values are at least, and at most, so long. */
  readonly bytesMin: number;
  readonly bytesMax: number;
  readonly seed: number;
}

/** The first reads behind a crash, of keys that were there before it. */
export interface EarlyReads {
  readonly reads: number;
  /** Of keys whose record was where a fast-restore image had put it when they were first read. */
  readonly ofRestoredKeys: number;
  /** Of keys whose record was where the replay of the log's tail had put it then; no image brings these. */
  readonly ofReplayedKeys: number;
  /** Of restored keys, by the number of the image's class. */
  readonly byClass: readonly number[];
  /** Of a record that was there still: eviction had not moved it, and no write replaced it. */
  readonly inPlace: number;
  /** In memory, by whatever way. */
  readonly inMemory: number;
  readonly fromDisk: number;
}

export interface Recovered {
  /** From the call of open(). */
  readonly openMs: number;
  readonly hotMs: number;
  /** In the images that were restored, and of them those of the predicted class. */
  readonly imageRecords: number;
  readonly predictedRecords: number;
  readonly first1000: EarlyReads;
  readonly first10000: EarlyReads;
  /** Reads of the trace meanwhile whose key came for the first time; here they are puts. */
  readonly readsOfNewKeys: number;
  /** What the store itself has counted: of all keys, those that are new included. */
  readonly early: unknown;
}

/** The store is open, and the trace goes on. */
export interface Opened {
  readonly kind: 'opened';
}

export interface Reached {
  readonly kind: 'reached';
  readonly recovered: Recovered;
  /** Accesses that went in per second. */
  readonly rate: number;
  /** Values that were not those that were written last. */
  readonly wrong: number;
}

export type Message = Opened | Reached;
