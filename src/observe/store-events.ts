// The events of a store.

/** What every event has; further fields are figures for logs and dashboards. */
interface StoreEvent<Type extends string> {
  readonly type: Type;
  readonly [field: string]: unknown;
}

/** What a split or merge has done. Positions are parts of the ring, 0 to 1. */
export interface ShardChange {
  /** Where a shard begins now, or no longer does. */
  readonly at: number;
  readonly before: readonly { id: number; epoch: number; from: number; to: number }[];
  readonly after: readonly { id: number; epoch: number; from: number; to: number }[];
  /** The first sequence number of the new shards. */
  readonly sequence: number;
  /** The longest that everything else waited for it, in microseconds. */
  readonly pauseUs: number;
  /** Bytes of the part that has a new owner, and of the part that keeps its own: estimates. Nothing is copied. */
  readonly movedBytes: number;
  readonly keptBytes: number;
  /** How many there are now. */
  readonly shards: number;
}

/** What became of a predictor, and who orders the keys now. */
export interface PredictorChange {
  readonly change: string;
  /** Empty where it is about none in particular. */
  readonly predictor: string;
  readonly serving: string;
  /** In words, with the figures. */
  readonly reason: string;
  /** Of a failure: in which hook. */
  readonly hook?: string;
}

/** Where a recovery stands; each phase includes the ones before it. */
export type RecoveryPhase = 'opening' | 'open' | 'hot' | 'full';

export interface StoreEvents {
  /** A recovery has reached a phase. */
  recovery: StoreEvent<'recovery'> & { readonly phase: RecoveryPhase };
  /** A checkpoint was written. */
  checkpoint: StoreEvent<'checkpoint'>;
  /** Opening found a torn tail, never acknowledged, and cut it off. */
  cut: StoreEvent<'cut'>;
  /** Something that had been durable is damaged; what is lost, or how it was made good. */
  corruption: StoreEvent<'corruption'>;
  /** The disk is full or failing: writes are refused, reads go on. */
  full: StoreEvent<'full'>;
  /** Writes are accepted again. */
  resumed: StoreEvent<'resumed'>;
  /** A segment was compacted. */
  compaction: StoreEvent<'compaction'>;
  /** A shard was split; positions are parts of the ring. */
  split: StoreEvent<'split'> & ShardChange;
  /** Two shards became one. */
  merge: StoreEvent<'merge'> & ShardChange;
  /** What the partitioning has decided and not done: it is a dry run, a key carries a shard alone, there are too many. */
  plan: StoreEvent<'plan'> & { readonly shard: number; readonly verdict: string; readonly reason: string };
  /** A predictor failed, or another one orders the keys now; `reason` says why. */
  predictor: StoreEvent<'predictor'> & PredictorChange;
  /** Something that an operator should know. */
  warning: StoreEvent<'warning'>;
}

export type StoreEventName = keyof StoreEvents;

const names: Record<StoreEventName, true> = {
  recovery: true,
  checkpoint: true,
  cut: true,
  corruption: true,
  full: true,
  resumed: true,
  compaction: true,
  split: true,
  merge: true,
  plan: true,
  predictor: true,
  warning: true,
};

/** The engine counts positions in 2^-20 of the ring. */
function positions(name: string, value: unknown): unknown {
  return typeof value === 'number' && (name === 'at' || name === 'from' || name === 'to') ? value / 2 ** 20 : value;
}

/** An event as the engine tells it; a type that this version does not know is a warning. */
export function parseStoreEvent(json: string): StoreEvents[StoreEventName] {
  let event = JSON.parse(json) as StoreEvent<string>;
  if (event.type === 'split' || event.type === 'merge') event = JSON.parse(json, positions) as StoreEvent<string>;
  if (Object.hasOwn(names, event.type)) return event as StoreEvents[StoreEventName];
  return { ...event, type: 'warning', of: event.type };
}
