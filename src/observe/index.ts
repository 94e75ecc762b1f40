// Events: the emitter, and what a store tells.
export { Emitter, type Listener } from './emitter.js';
export { parseStoreEvent, type RecoveryPhase, type StoreEventName, type StoreEvents } from './store-events.js';
