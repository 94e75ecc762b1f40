// What every program that works on a store is told.

export interface StoreTask {
  /** The store as it is called in the report, or Foreshard without one of its features. */
  readonly peer: string;
  readonly directory: string;
  readonly keys: number;
  readonly valueBytes: number;
  readonly cacheBytes: number;
  readonly seed: number;
}
