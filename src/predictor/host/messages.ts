// What the owner of a store and the thread that predicts for it say to each other.
import type { Standing } from './contest.js';
import type { Decision } from './decisions.js';
import type { CoverageScore, OrderSummary, ProfileSource, RecoveryEntry } from '../profile/index.js';
import type { FailureFigures, ProcessSignals } from './failure-watch.js';
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
  /** How the store was opened, as far as it has come. */
  readonly recovery: RecoveryFacts;
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
  /** Now and then: how the process is, and how far its recovery has come. */
  | { readonly kind: 'signs'; readonly signals: ProcessSignals; readonly recovery: RecoveryFacts }
  /** Keys of work that was accepted and not done: they come first. */
  | { readonly kind: 'expect'; readonly keys: Float64Array }
  /** What the profile is, and where in the order some keys are; answered with the same number. */
  | { readonly kind: 'profile'; readonly number: number; readonly keys: readonly number[] }
  | { readonly kind: 'close' };

/** What a store says of its recovery. Unix milliseconds, and durations in milliseconds, -1: not yet. */
export type RecoveryFacts = Pick<RecoveryEntry, 'openedMs' | 'clean' | 'openMs' | 'hotMs' | 'fullMs' | 'restored' | 'early'>;

/** Who put a key where in the order, counted from 0. `key`: the upper 52 bits of its hash. */
export interface KeyPlace {
  readonly key: number;
  readonly source: ProfileSource;
  readonly place: number;
}

/** A recovery profile, as the thread knows it. */
export interface ProfileTold {
  /** How many keys of each kind the order has, who predicted, and when it was made; 0: there is none yet. */
  readonly order: OrderSummary & {
    readonly time: number;
    /** Of the places, what past restarts may get: none until they have been right more often than what stood there. */
    readonly rememberedShare: number;
  };
  /** Its first keys. */
  readonly first: readonly KeyPlace[];
  /** Of the keys that were asked about; undefined: the order does not have it. */
  readonly asked: readonly (KeyPlace | undefined)[];
  /** The last ones, the oldest first, this one the last; `touches`: distinct keys that were noted. */
  readonly recoveries: readonly (Omit<RecoveryEntry, 'touches'> & { readonly touches: number })[];
  /** Of their first reads, the share that was covered; later ones count more. */
  readonly score: CoverageScore | undefined;
}

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
  /** Failures that are to be expected; undefined: nobody tells. */
  readonly failure: FailureFigures | undefined;
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
  | { readonly kind: 'profile'; readonly number: number; readonly profile: ProfileTold }
  | { readonly kind: 'closed' };
