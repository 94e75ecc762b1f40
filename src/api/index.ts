// What the application sees: a store with all its features, and open().
export { open, type OpenOptions } from './open.js';
export { Store } from './store.js';
