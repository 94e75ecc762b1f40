// What is asked of every store: the workloads, as data. The program carries them out.

/** Which requests a lane makes, in shares of 1. `modify` reads a value and writes a new one (YCSB's read-modify-write). */
export interface Mix {
  readonly read: number;
  readonly update: number;
  readonly modify: number;
}

interface Common {
  /** As it is called on the command line and in the report. */
  readonly name: string;
  readonly title: string;
  readonly valueBytes: number;
}
/** Writes all keys in batches. */
export type LoadWorkload = Common & { readonly kind: 'load'; readonly batch: number; readonly inFlight: number };
/** Durable puts of new versions of keys drawn alike, so many at a time. */
export type PutWorkload = Common & { readonly kind: 'put'; readonly inFlight: number; readonly sync: boolean };
/** Durable batches of new versions of keys drawn alike; `prepared`: encoded before the run begins. */
export type BatchWorkload = Common & {
  readonly kind: 'batch';
  readonly batch: number;
  readonly inFlight: number;
  readonly prepared: boolean;
};
/** Reads on one lane: a call a key, or many keys a call. */
export type GetWorkload = Common & { readonly kind: 'get'; readonly call: 'get' | 'view' | 'many'; readonly batch: number };
/** YCSB's mixes on 64 lanes. `large`: the data are a multiple of the memory given, and the page cache is dropped before. */
export type MixWorkload = Common & { readonly kind: 'mix'; readonly mix: Mix; readonly inFlight: number; readonly large: boolean };

export type Workload = LoadWorkload | PutWorkload | BatchWorkload | GetWorkload | MixWorkload;

const load = (valueBytes: number, size: string): LoadWorkload => ({
  kind: 'load',
  name: `load-${size}`,
  title: `bulk load, ${size} values`,
  valueBytes,
  batch: 1000,
  inFlight: 4,
});

/** The load that a workload with such values wants. */
export const loadOf = (valueBytes: number): LoadWorkload => load(valueBytes, `${valueBytes}B`);

const put = (inFlight: number, valueBytes: number, size: string, sync = false): PutWorkload => ({
  kind: 'put',
  name: `put${sync ? '-sync' : `-${inFlight}`}-${size}`,
  title: sync ? `durable putSync, ${size}` : `durable put, ${inFlight} in flight, ${size}`,
  valueBytes,
  inFlight,
  sync,
});

const get = (call: GetWorkload['call'], title: string): GetWorkload => ({
  kind: 'get',
  name: `get-${call}`,
  title: `${title}, Zipf 0.99, 100 B`,
  valueBytes: 100,
  call,
  batch: call === 'many' ? 1000 : 1,
});

const ycsb = (letter: string, mix: Mix): MixWorkload => ({
  kind: 'mix',
  name: `ycsb-${letter}`,
  title: `YCSB ${letter.toUpperCase()}, 64 in flight, 1 KiB`,
  valueBytes: 1024,
  mix,
  inFlight: 64,
  large: false,
});

const batches = (inFlight: number, prepared = false): BatchWorkload => ({
  kind: 'batch',
  name: `batch-${prepared ? 'prepared-' : ''}${inFlight}-100B`,
  title: `durable batches of 1,000${prepared ? ', encoded beforehand' : ''}, ${inFlight} in flight, 100 B`,
  valueBytes: 100,
  batch: 1000,
  inFlight,
  prepared,
});

const large: MixWorkload = {
  kind: 'mix',
  name: 'larger-than-memory',
  title: 'larger than memory: 95 % gets, 5 % durable puts, Zipf 0.99, 64 in flight, 1 KiB',
  valueBytes: 1024,
  mix: { read: 0.95, update: 0.05, modify: 0 },
  inFlight: 64,
  large: true,
};

export const workloads: readonly Workload[] = [
  load(100, '100B'),
  load(1024, '1KiB'),
  load(16384, '16KiB'),
  put(1, 100, '100B', true),
  put(1, 100, '100B'),
  put(64, 100, '100B'),
  put(1000, 100, '100B'),
  batches(1),
  batches(4),
  batches(1, true),
  batches(4, true),
  put(64, 1024, '1KiB'),
  put(64, 16384, '16KiB'),
  get('get', 'get with its own copy'),
  get('view', 'fastest get'),
  get('many', 'getMany of 1,000'),
  ycsb('a', { read: 0.5, update: 0.5, modify: 0 }),
  ycsb('b', { read: 0.95, update: 0.05, modify: 0 }),
  ycsb('c', { read: 1, update: 0, modify: 0 }),
  ycsb('f', { read: 0.5, update: 0, modify: 0.5 }),
  large,
];
