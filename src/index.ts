// Foreshard: an embedded, sharded, log-structured store that comes back hot.
export { ForeshardError, type ErrorCode, type ErrorContext } from './errors/index.js';
export type { Listener, RecoveryPhase, StoreEventName, StoreEvents } from './observe/index.js';
export * from './store/index.js';
