// The native addon and its types.
export { addon } from './addon.js';
export type { NativeAddon, NativeBytes, NativeOptions, NativeStore, NativeValue } from './types.js';
