// What a host has decided, and why.
import type { HookName, FaultReason } from './hooks.js';

/** A change of who orders the keys, or a failure. */
export interface Decision {
  /**
   * 'failed': a hook of the predictor failed, and it rests. 'fallback': it would have served less than the simple one, which serves
   * now. 'return': it is as good as that again. 'promoted': a challenger is better and has its place. 'forgotten': what an earlier
   * process had learned cannot be used. 'unsaved': what was learned cannot be kept. 'restarted': the thread of all of them ended.
   */
  readonly change: 'failed' | 'fallback' | 'return' | 'promoted' | 'forgotten' | 'unsaved' | 'restarted';
  /** Empty where it is about none in particular. */
  readonly predictor: string;
  /** Who orders the keys from now on. */
  readonly serving: string;
  /** In words, with the figures. */
  readonly reason: string;
  /** Of a failure: where and how. */
  readonly hook?: HookName | 'import';
  readonly fault?: FaultReason;
}
