// The recovery profile: what past recoveries were like, and the order of keys that the next one is to follow.
export { composeProfile, type ProfileLists, type ProfileOptions, type ProfileOrder, type ProfileSource } from './profile-order.js';
export {
  failureLessons,
  failureRow,
  type FailureLesson,
  type FailureLessonsOptions,
  type FailureLog,
  type FailurePresent,
  type FailureSignals,
} from './failures.js';
export { FirstTouches, type FirstTouchesOptions } from './first-touches.js';
export { HeapSlope, type HeapSlopeOptions } from './heap-slope.js';
export {
  RecoveryLog,
  type CoverageScore,
  type EarlyCounts,
  type LogScore,
  type OrderSummary,
  type RecoveryEntry,
} from './recovery-log.js';
export { rememberedOrder } from './remembered.js';
