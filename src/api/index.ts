// What the application sees: a store with all its features, and open().
export { open, type OpenOptions } from './open.js';
export { Store } from './store.js';
export type { Predictors } from './predictors.js';
export type { ProfiledRecovery, RecoveryProfile } from './recovery.js';
