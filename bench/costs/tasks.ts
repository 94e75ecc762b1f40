// What the program of the costs is told to do, and what it tells.
import type { StoreTask } from '../common/store_task.js';

/** Loads the store, then writes as many records as it has keys, again and again. */
export interface Overwrite extends StoreTask {
  readonly do: 'overwrite';
  /** New versions of keys drawn by Zipf's law or all alike, or new keys, so that nothing becomes garbage. */
  readonly drawn: 'zipf' | 'uniform' | 'new';
  readonly inFlight: number;
  /** The first pass is the warm-up. */
  readonly passes: number;
}

/** Opens the store, loads it if it is a new one, and waits until it has all that it takes into memory. */
export interface Memory extends StoreTask {
  readonly do: 'memory';
  readonly load: boolean;
}

export type Task = Overwrite | Memory;

/** Of all passes but the first. */
export interface Overwritten {
  readonly kind: 'overwritten';
  readonly puts: number;
  readonly seconds: number;
  /** Microseconds that a put took, by share (0.5, 0.99, ...). */
  readonly latencyUs: Readonly<Record<string, number>>;
  /** Keys and values given, and what the process sent to the device for them; of the latter, what its own counters name. */
  readonly userBytes: number;
  readonly writtenBytes: number;
  readonly relocatedBytes: number;
  readonly imageBytes: number;
  readonly compactedSegments: number;
  /** Keys and values that the store holds at the end, and what it takes on disk: at the end of each pass, and of a fast tier. */
  readonly liveBytes: number;
  readonly diskBytes: readonly number[];
  readonly fastTierBytes: number;
  readonly wrong: number;
}

/** Bytes in memory. */
export interface Held {
  readonly index: number;
  /** Records with their headers, and the log-structured memory that holds them. */
  readonly records: number;
  readonly chunks: number;
  /** By which the process grew. */
  readonly resident: number;
}

export interface MemoryHeld {
  readonly kind: 'held';
  readonly keys: number;
  readonly userBytes: number;
  readonly held: Held;
}

export type Message = Overwritten | MemoryHeld;
