// What the figures' program can be asked to do, and what it tells.
import type { OpenOptions, RecoveryReport, StoreStats } from '../../src/index.js';

export type FigureOptions = Pick<OpenOptions, 'memoryLimit' | 'segmentBytes' | 'io' | 'tiers'>;

interface Common {
  readonly directory: string;
  readonly options: FigureOptions;
  readonly keys: number;
  readonly seed: number;
}

/** Writes every key, and closes. */
export type Load = Common & { readonly do: 'load' };
/** Lanes of reads and durable writes on a store that has come back, until the process is killed. */
export type Traffic = Common & {
  readonly do: 'traffic';
  readonly lanes: number;
  readonly putShare: number;
  /** Records of one write: more than one is a batch. */
  readonly batchSize: number;
  readonly zipf: boolean;
};
/** Waits for the word, opens and reads on many lanes, counting what is served in each bin; ends when it is killed. */
export type Restore = Common & { readonly do: 'restore'; readonly lanes: number; readonly seconds: number };
/** Takes that many bytes of memory, tells that it has them, and keeps them until it is killed. */
export type Hold = { readonly do: 'hold'; readonly bytes: number };
/** Opens and reads one key. */
export type First = Common & { readonly do: 'first' };
/** Overwrites and reads a store larger than its memory, for some seconds. */
export type Memory = Common & { readonly do: 'memory'; readonly lanes: number; readonly seconds: number };

export type Task = Load | Traffic | Restore | Hold | First | Memory;

export interface Log {
  readonly tailBytes: number;
  readonly tailLimit: number;
  readonly tailWaits: number;
}

export type Message =
  | { readonly kind: 'done'; readonly seconds: number }
  | { readonly kind: 'warm' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly log: Log; readonly served: number }
  | {
      readonly kind: 'restored';
      readonly openMs: number;
      readonly bins: number[];
      readonly wrong: number;
      /** CPUs that others kept busy in the meantime. */
      readonly cpusOfOthers: number;
      /** Seconds of this machine's CPUs that its host gave to others in the meantime. */
      readonly stolenSeconds: number;
      readonly recovery: RecoveryReport;
      readonly stats: StoreStats;
    }
  | { readonly kind: 'first'; readonly openMs: number; readonly firstMs: number; readonly correct: boolean; readonly recovery: RecoveryReport }
  | {
      readonly kind: 'memory';
      readonly rssBefore: number;
      readonly rssMax: number;
      readonly indexMax: number;
      readonly recordsMax: number;
      readonly wrong: number;
      readonly served: number;
      readonly stats: StoreStats;
    };
