// What the comparison's program is told to do, and what it tells.
import type { Workload } from './workloads.js';

export interface Task {
  readonly peer: string;
  readonly directory: string;
  readonly workload: Workload;
  readonly keys: number;
  readonly cacheBytes: number;
  readonly fastDirectory?: string | undefined;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Begins when the store has come back in full, where it can tell: what a restart costs is another question. */
  readonly behindRecovery?: boolean | undefined;
  readonly seed: number;
  /** A control group to run in. */
  readonly memoryGroup?: string | undefined;
}

/** Of one run. */
export interface Measured {
  readonly kind: 'measured';
  /** Records written or read, and how long it took. */
  readonly operations: number;
  readonly seconds: number;
  /** CPU seconds of the process and, where there is one, of its server. */
  readonly cpuSeconds: number;
  /** Resident set at the end, of both, in bytes. */
  readonly residentBytes: number;
  /** Microseconds that one request took: of one in so many, by share (0.5, 0.99, ...). */
  readonly latencyUs: Readonly<Record<string, number>>;
  /** Values read that were not what the key should have, and a sum over those that were. */
  readonly wrong: number;
  readonly digest: number;
}

/** The store has no such call. */
export interface Unsupported {
  readonly kind: 'unsupported';
}

export type Message = Measured | Unsupported;
