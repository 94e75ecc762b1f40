// What the owner of a store and the thread that predicts for it say to each other.
import type { Standing } from './contest.js';
import type { Decision } from './decisions.js';
import type { FaultReason, HookName } from './hooks.js';
import type { PredictorPolicy } from './options.js';

/** With what the thread begins. */
export interface AnalystData {
  readonly policy: PredictorPolicy;
  /** For the state of predictors and features; it is made if it is not there. */
  readonly stateDirectory: string;
  /** The directory from which paths and packages of predictors are looked up. */
  readonly from: string;
  /** What predicted records may take of the fast-restore image, in bytes. */
  readonly fastBytes: number;
  readonly pulse: SharedArrayBuffer;
  /** The module that runs in the threads of predictors. */
  readonly pluginThread: string;
  /** Places of predictors that never run inline, whatever they want; all, if it is not known who ended the thread. */
  readonly apart: readonly number[] | 'all';
  /** Why the thread before this one ended. */
  readonly blamed: readonly Blame[];
}

/** An inline predictor that never returned, ate memory or ended the thread. */
export interface Blame {
  readonly place: number;
  /** Its name, if it had told it. */
  readonly predictor: string | undefined;
  readonly hook: HookName | 'import';
  readonly reason: FaultReason;
  readonly message: string;
}

/** To the thread. */
export type Asked =
  /** The buffer of takeWindows(), and when it was taken (Unix milliseconds). */
  | { readonly kind: 'windows'; readonly bytes: ArrayBuffer; readonly takenMs: number }
  | { readonly kind: 'close' };

/** Figures of predicting, as `store.stats().predictors` has them. */
export interface PredictorFigures {
  /** Who orders the keys now. */
  readonly serving: string;
  readonly standings: readonly Standing[];
  /** Keys that features exist for, and the memory of that in bytes. */
  readonly tracked: { readonly keys: number; readonly bytes: number };
  /** Accesses that were seen, windows of them that were left out, and virtual crash points. */
  readonly seen: { readonly accesses: number; readonly skipped: number; readonly lessons: number };
  /** The last prediction: when (Unix milliseconds), of how many keys, by whom, and how long it took. */
  readonly prediction: { readonly time: number; readonly keys: number; readonly by: string; readonly ms: number } | undefined;
  /** Milliseconds of all work in the thread. */
  readonly workMs: number;
}

/** From the thread. */
export type Told =
  /** Predictors have been created, as far as they can be. */
  | { readonly kind: 'begun'; readonly figures: PredictorFigures }
  /** Windows have been dealt with: the next may come. */
  | { readonly kind: 'done'; readonly figures: PredictorFigures }
  /** Hashes for setPredicted(). */
  | { readonly kind: 'order'; readonly hashes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'decided'; readonly decision: Decision }
  | { readonly kind: 'closed' };
