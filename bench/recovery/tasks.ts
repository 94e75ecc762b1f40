// What the program of the recovery comparison is told to do, and what it tells.
import type { StoreTask } from '../common/store_task.js';

interface Common extends StoreTask {
  readonly fastDirectory?: string | undefined;
}

/** Reads and durable puts until the process is killed. */
export interface Traffic extends Common {
  readonly do: 'traffic';
  readonly putShare: number;
}

/** Waits for the word, then opens the store and reads for so many seconds. */
export interface Serve extends Common {
  readonly do: 'serve';
  readonly seconds: number;
}

export type Task = Traffic | Serve;

export interface Warm {
  readonly kind: 'warm';
}

export interface Ready {
  readonly kind: 'ready';
}

export interface Served {
  readonly kind: 'served';
  /** Milliseconds from the call of open(): until it resolved, and until the first value was there. */
  readonly openMs: number;
  readonly firstMs: number;
  /** Reads answered, by bins of common/statistics.ts. */
  readonly bins: readonly number[];
  /** Values that were not their keys'. */
  readonly wrong: number;
  readonly residentBytes: number;
}

export type Message = Warm | Ready | Served;
