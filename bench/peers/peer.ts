// What the benchmarks ask of a store, whoever made it. Each file beside this one answers for one store, in the way that
// its own documentation recommends for the case.

/** A put as most stores' batches want it. */
export interface PeerRecord {
  readonly type: 'put';
  readonly key: string;
  readonly value: Buffer;
}

export type Found = Buffer | undefined;

/** A write is durable when its promise resolves, or when the call returns. */
export interface PeerStore {
  put(key: string, value: Buffer): Promise<unknown>;
  putSync?(key: string, value: Buffer): void;
  /** All of them in the store's own way to write many. */
  batch(records: readonly PeerRecord[]): Promise<unknown>;
  /** Encodes a batch beforehand; what it answers writes it, any number of times. */
  prepare?(records: readonly PeerRecord[]): () => Promise<unknown>;
  /** The plain get, with its own copy of the value. */
  get(key: string): Found | Promise<Found>;
  /** A get for many at a time, where the plain one blocks and another does not. */
  getLater?(key: string): Promise<Found>;
  /** The fastest get that there is: the value may be good only until the next call. */
  getView?(key: string): Found;
  /** Of the device: as many bytes, so many writes at a time. Answers a look at how many of them are missing. */
  bulk?(bytes: number, inFlight: number): Promise<() => number>;
  getMany(keys: readonly string[]): readonly Found[] | Promise<readonly Found[]>;
  /** Resolves when a store that was opened has come back in full. */
  recovered?(): Promise<unknown>;
  /** Figures of its own. */
  stats?(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
  /** The process that does the work, where it is another one. */
  readonly serverPid?: number | undefined;
}

export interface PeerSettings {
  /** Bytes that the store may use as cache, where it can be told. */
  readonly cacheBytes: number;
  /** Where Foreshard keeps the copies that it recovers from, if not with the store. */
  readonly fastDirectory?: string | undefined;
  /** How many keys there will be. */
  readonly keys: number;
}

export interface Peer {
  readonly name: string;
  /** How it is used here, in a line for the report. */
  readonly use: string;
  /** Compared only where a store is read from a cold page cache. */
  readonly onlyRecovers?: boolean;
  /** It keeps nothing when it is closed: no loaded store is kept for its runs. */
  readonly volatile?: boolean;
  /** The names of the workloads that it does; it then has no part in recoveries. Default: all for which it has the calls. */
  readonly does?: RegExp;
  /** Its version; throws if it is not installed. */
  version(): string;
  open(directory: string, settings: PeerSettings): Promise<PeerStore>;
}
