// The addon, one to one. A function that answers a sequence number or a value answers a negative number, the error's,
// where there is an error; what it has to say beside its number waits for takeDetail(). Requests take a ticket, a
// number of the caller's choice, and end with a completion that carries it (native/constants.json: completion).

/** A key or value: strings are taken as UTF-8; bytes are read during the call only. */
export type NativeBytes = string | Uint8Array;

/** What was read: a length in the slab, a Buffer of its own, or a string of a store with text values. */
export type NativeValue = number | Buffer | string | undefined;

export interface NativeOptions {
  directory: string;
  fastDirectory?: string;
  standardDirectory?: string;
  shards?: number;
  segmentBytes?: number;
  memoryLimit?: number;
  fastBudget?: number;
  heatHalfLife?: number;
  heatHalfLives?: readonly number[];
  /** Heat's time passes by passHeatTime() only. */
  manualHeatTime?: boolean;
  inflightGroups?: number;
  /** Not the engine's: when to call spin(). */
  commitSpin?: number;
  flushInterval?: number;
  backgroundBytesPerSecond?: number;
  compactionGarbageShare?: number;
  createIfMissing?: boolean;
  errorIfExists?: boolean;
  checkpoints?: boolean;
  trackHeat?: boolean;
  useFast?: boolean;
  useStandard?: boolean;
  intervalDurability?: boolean;
  skipDamage?: boolean;
  io?: 'auto' | 'ring' | 'pool';
  textValues?: boolean;
}

export interface NativeStore {
  /** Written by every call; see answerLayout. */
  readonly answer: Float64Array;
  /** The longest value that is copied into the slab. */
  readonly slabValueMax: number;

  get(key: NativeBytes, ticket: number): NativeValue | null;
  getSync(key: NativeBytes): NativeValue;
  getMany(keys: Uint8Array, places: Int32Array, first: number, count: number, ticket: number): number;
  has(key: NativeBytes, ticket: number): number | null;
  hasSync(key: NativeBytes): number;
  setSlab(slab: Uint8Array): void;
  viewSync(key: NativeBytes): number | Buffer | undefined;
  setView(view: Uint8Array): void;

  put(key: NativeBytes, value: NativeBytes, expiry: number): number;
  del(key: NativeBytes): number;
  write(bytes: Uint8Array, numbers: Float64Array, count: number): number;
  writeIf(bytes: Uint8Array, numbers: Float64Array, count: number, ticket: number): void;
  submit(): void;
  waitDurable(sequence: number): number;

  splitShard(cut: number, ticket: number): void;
  mergeShard(start: number, ticket: number): void;
  /** Rows of shardLayout, as far as there is room; answers how many shards there are. */
  shards(out: Float64Array): number;
  /** In units of the ring. */
  positionOf(key: NativeBytes): number;
  /** The upper 52 bits of the key's hash, as predictors are given them. */
  hashOf(key: NativeBytes): number;
  /** Rows of heatLayout, as far as there is room; answers how many pages there are. */
  heat(out: Float64Array): number;
  /** Positions of sampled accesses; answers how many. */
  samples(from: number, to: number, windowMs: number, out: Float64Array): number;
  hottest(from: number, to: number, windowMs: number, out: Float64Array): Buffer | number | undefined;
  /** Appends keys and decayed accesses, by turns; answers where the next pages begin, 0 at the end. */
  hotKeys(from: number, pages: number, count: number, out: (Buffer | number)[]): number;
  recordAccesses(keyShare: number, hashed: boolean, bufferBytes: number): number | undefined;
  /** `counts`: how many were recorded, and dropped. */
  takeAccesses(counts: Float64Array): Buffer | number;
  stopRecording(): void;
  passHeatTime(milliseconds: number): void;

  /** From now on accesses are watched in windows, from none that waited before. What is left out is the option's default. */
  watchAccesses(windowLength?: number, windowsPerSecond?: number, windowsMax?: number): number | undefined;
  /**
   * The windows that are finished, the oldest first, each a header of windowLayout (float64) and its rows of windowRowLayout
   * (uint32), all at multiples of 8 bytes of a buffer that owns its memory; nothing if there is none. One under way that began
   * 200 ms ago is finished by this call, and the next goes on behind it.
   */
  takeWindows(): Buffer | undefined;
  stopWatching(): void;
  /**
   * Keys by their hashes, little-endian u64 each (the upper 32 bits count), in the order in which they will be wanted; none takes
   * the prediction back. At most that share of the fast-restore budget is theirs.
   */
  setPredicted(hashes: Uint8Array, budgetShare?: number): number | undefined;

  close(ticket: number): void;
  release(): void;
  poll(): void;
  /** poll(), once there is something to poll or so many microseconds have passed. */
  spin(microseconds: number): void;
  take(): ArrayBuffer | undefined;
  takeDetail(): string;
  hold(alive: boolean): void;

  flush(ticket: number): void;
  backup(directory: string, ticket: number): void;
  checkpoint(ticket: number): void;
  compact(garbageShare: number, ticket: number): void;

  iteratorOpen(withValues: boolean): number;
  iteratorNext(iterator: number, maxEntries: number, maxBytes: number, ticket: number): void;
  iteratorClose(iterator: number): void;
  changesOpen(since: number): number;
  changesNext(reader: number, maxEntries: number, maxBytes: number, wait: boolean, ticket: number): void;
  changesClose(reader: number): void;

  statsJson(): string | undefined;
  recoveryJson(): string | undefined;
  durableSequence(): number;
}

export interface NativeAddon {
  /**
   * The handle at once; whether the store opened is the completion of `ticket`. `onWake` is called from the event loop.
   */
  open(options: NativeOptions, onWake: () => void, ticket: number): NativeStore;
  isHandle(value: unknown): value is NativeStore;
  /**
   * Where it competes for a processor, the calling thread gets about a third of what others get from now on, and those that wake go
   * first (from Linux 6.12 on); answers whether the system does that.
   */
  lowerPriority(): boolean;
}
