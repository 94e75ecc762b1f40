// The events of a store.

/** What every event has; further fields are figures for logs and dashboards. */
interface StoreEvent<Type extends string> {
  readonly type: Type;
  readonly [field: string]: unknown;
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
  warning: true,
};

/** An event as the engine tells it; a type that this version does not know is a warning. */
export function parseStoreEvent(json: string): StoreEvents[StoreEventName] {
  const event = JSON.parse(json) as StoreEvent<string>;
  if (Object.hasOwn(names, event.type)) return event as StoreEvents[StoreEventName];
  return { ...event, type: 'warning', of: event.type };
}
