// The store.
export type { Condition, IterateOptions, PutOptions, WriteOptions } from './arguments.js';
export { PreparedBatch, type Accepted, type BatchOperation } from './batch.js';
export type { Change, ChangesOptions } from './changes.js';
export type { Codec, ValueEncoding } from './encoding.js';
export type { Key, KeyEncoding } from './keys.js';
export { Driver } from './driver.js';
export { checkOptions, type CheckedOptions, type RecoveryOptions, type StoreOptions, type TierOptions } from './options.js';
export type { Entry } from './reader.js';
export { Recovery, type RecoveryReport } from './recovery.js';
export { KeyValueStore, type StoreStats } from './store.js';
