// The store as the application sees it. Each method checks its arguments and hands over to the part that does it.
import { resolve } from 'node:path';
import { conditionLayout } from '../errors/index.js';
import type { Listener, StoreEventName, StoreEvents } from '../observe/index.js';
import {
  checkArray,
  checkChangesOptions,
  checkDirectory,
  checkIncrement,
  checkShare,
  delNumbers,
  iterateLimit,
  putNumbers,
  syncPutExpiry,
  updateExpiry,
  type IterateOptions,
  type PutOptions,
  type WriteOptions,
} from './arguments.js';
import { PreparedBatch, withPacked, type Accepted, type BatchOperation } from './batch.js';
import { ChangeReader, type Change, type ChangesOptions } from './changes.js';
import { closeStore } from './close.js';
import type { Driver } from './driver.js';
import { encodingOf } from './encoding.js';
import { keyDecoders, type Key } from './keys.js';
import type { CheckedOptions } from './options.js';
import { packOne, type Packer } from './packer.js';
import { Reader, type Entry } from './reader.js';
import { Recovery } from './recovery.js';
import { scan } from './scan.js';
import { Updater, type Change as UpdateFunction } from './update.js';
import { Values } from './values.js';
import { Writer } from './writer.js';

/** Figures of a store, grouped; for logs and dashboards. */
export type StoreStats = Readonly<Record<string, unknown>>;

/** The polyfills' key, for early versions of Node.js 20 that do not have the symbol. */
const asyncDispose = (Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose;

/** A store of keys and values, without what is built on top of it. */
export class KeyValueStore<V = Buffer, K = string> {
  /** The absolute path of its directory. */
  readonly directory: string;
  /** How far it has come back after open(). */
  readonly recovery: Recovery;
  readonly #driver: Driver;
  readonly #values: Values<V>;
  readonly #reader: Reader<V>;
  readonly #writer: Writer;
  readonly #updater: Updater<V>;
  /** @internal */
  protected readonly decodeKey: (bytes: Buffer) => K;
  #closed: Promise<void> | undefined;

  /** @internal */
  constructor(driver: Driver, options: CheckedOptions<V>, recovery = new Recovery(driver)) {
    this.directory = driver.directory;
    this.#driver = driver;
    this.#values = new Values(driver, encodingOf(options.valueEncoding));
    this.#reader = new Reader(driver, this.#values);
    this.#writer = new Writer(driver, options.native.intervalDurability === true);
    this.#updater = new Updater(driver, this.#reader, this.#writer, this.#values);
    this.decodeKey = keyDecoders[options.keyEncoding] as unknown as (bytes: Buffer) => K;
    this.recovery = recovery;
  }

  // --- Reading -------------------------------------------------------------------------------------------------------

  /**
   * The value of a key; undefined if there is none.
   * @example
   * const cart = await store.get('cart:42');
   */
  get(key: Key): Promise<V | undefined> {
    return this.#asked(() => this.#reader.get(key));
  }

  /** The same, blocking on this one read if the value is not in memory. */
  getSync(key: Key): V | undefined {
    if (this.#driver.closing) this.#driver.checkOpen();
    return this.#reader.getSync(key);
  }

  /**
   * The bytes of the value as they are stored, whatever `valueEncoding` says, without a copy of their own: the fastest way
   * to look at a value. They are good until the next viewSync() of this store, which writes the next value over them;
   * copy what you keep. Changing them changes nothing in the store.
   * @example
   * const row = store.viewSync('row:1');
   * const total = row?.readUInt32LE(8);
   */
  viewSync(key: Key): Buffer | undefined {
    if (this.#driver.closing) this.#driver.checkOpen();
    return this.#reader.viewSync(key);
  }

  /**
   * The values of many keys, in their order; undefined for each that is absent. Much faster than as many get().
   * @example
   * const [a, b] = await store.getMany(['a', 'b']);
   */
  getMany(keys: readonly Key[]): Promise<(V | undefined)[]> {
    return this.#asked(() => {
      checkArray('keys', keys);
      return this.#reader.getMany(keys);
    });
  }

  /** Whether the key has a value. */
  has(key: Key): Promise<boolean> {
    return this.#asked(() => this.#reader.has(key));
  }

  /** The same, blocking on this one read if it needs the disk. */
  hasSync(key: Key): boolean {
    this.#driver.checkOpen();
    return this.#reader.hasSync(key);
  }

  /**
   * The value with its sequence number, for a condition, and its expiry.
   * @example
   * const entry = await store.getEntry('stock');
   * await store.put('stock', entry.value - 1, { if: { seq: entry.seq } });
   */
  getEntry(key: Key): Promise<Entry<V> | undefined> {
    return this.#asked(() => this.#reader.getEntry(key));
  }

  /** The same, blocking on this one read if the value is not in memory. */
  getEntrySync(key: Key): Entry<V> | undefined {
    this.#driver.checkOpen();
    return this.#reader.getEntrySync(key);
  }

  // --- Writing -------------------------------------------------------------------------------------------------------

  /**
   * Sets the value of a key. Resolves to the sequence number when the write is acknowledged (option `durability`).
   * @example
   * await store.put('session:7', session, { ttl: 30 * 60_000 });
   * await store.put('lock', 'me', { if: { absent: true } });
   */
  put(key: Key, value: Accepted<V>, options?: PutOptions): Promise<number> {
    try {
      if (this.#driver.closing) this.#driver.checkOpen();
      const data = this.#values.encoding.encode(value as V);
      if (options === undefined) return this.#writer.put(key, data, 0);
      const numbers = putNumbers(options);
      if (numbers.condition === conditionLayout.none) return this.#writer.put(key, data, numbers.expiry);
      return this.#writer.writeIf(packOne(key, data, numbers));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking until the write is acknowledged. Takes no condition. */
  putSync(key: Key, value: Accepted<V>, options?: Pick<PutOptions, 'ttl'>): number {
    this.#driver.checkOpen();
    return this.#writer.putSync(key, this.#values.encoding.encode(value as V), syncPutExpiry(options));
  }

  /** Deletes a key; that it is absent is no error. */
  del(key: Key, options?: WriteOptions): Promise<number> {
    return this.#asked(() => {
      const numbers = delNumbers(options);
      if (numbers.condition === conditionLayout.none) return this.#writer.del(key);
      return this.#writer.writeIf(packOne(key, '', numbers));
    });
  }

  /** The same, blocking until the write is acknowledged. Takes no condition. */
  delSync(key: Key): number {
    this.#driver.checkOpen();
    return this.#writer.delSync(key);
  }

  /**
   * Applies operations as one: all of them, or none. Resolves to the sequence number of the last.
   * @example
   * await store.batch([
   *   { type: 'put', key: 'a', value: 1 },
   *   { type: 'del', key: 'b', if: { seq: 17 } },
   * ]);
   */
  batch(operations: readonly BatchOperation<V>[] | PreparedBatch): Promise<number> {
    return this.#asked(() => {
      if (operations instanceof PreparedBatch) return this.#writePrepared(operations);
      return withPacked(this.#values.encoding, operations, (packer) => this.#writePacked(packer));
    });
  }

  /** Encodes a batch beforehand, to write it later, or more than once. A `ttl` counts from here. */
  prepare(operations: readonly BatchOperation<V>[]): PreparedBatch {
    this.#driver.checkOpen();
    return withPacked(
      this.#values.encoding,
      operations,
      (packer) => new PreparedBatch(packer.copy(), packer.conditional),
    );
  }

  #writePrepared({ packed, conditional }: PreparedBatch): Promise<number> {
    return conditional ? this.#writer.writeIf(packed) : this.#writer.write(packed);
  }

  #writePacked(packer: Packer): Promise<number> {
    return packer.conditional ? this.#writer.writeIf(packer.copy()) : this.#writer.write(packer);
  }

  /**
   * Changes a value by a function of the old one (undefined if there is none); undefined deletes the key. Updates of a
   * key come one after the other. If another write comes between, the function is called again. The expiry stays
   * unless `ttl` is given. Resolves to the new value when the write is acknowledged.
   * @example
   * await store.update('cart:42', (cart = []) => [...cart, item]);
   */
  update(key: Key, change: UpdateFunction<V>, options?: Pick<PutOptions, 'ttl'>): Promise<V | undefined> {
    return this.#asked(() => this.#updater.update(key, change, updateExpiry(options)));
  }

  /**
   * Adds to a number; an absent key counts as 0. Resolves to the sum when the write is acknowledged. The number is kept
   * as the encoding has it: 'json' a number; 'utf8' decimal text; 'buffer' eight bytes, a signed little-endian integer,
   * up to 2^53; a codec whatever it makes of a number.
   * @example
   * const visits = await store.increment('visits');
   */
  increment(key: Key, by = 1, options?: Pick<PutOptions, 'ttl'>): Promise<number> {
    return this.#asked(() => {
      checkIncrement(by);
      return this.#updater.increment(key, by, updateExpiry(options));
    });
  }

  /** Deletes all keys that are there when it begins, in batches; not one atomic step. */
  async clear(): Promise<void> {
    let last: Promise<unknown> = Promise.resolve();
    for await (const keys of inGroups(scan(this.#driver, false, Infinity, ({ key }) => key))) {
      await last;
      last = this.batch(keys.map((key) => ({ type: 'del', key })));
    }
    await last;
  }

  // --- Iterating -----------------------------------------------------------------------------------------------------

  /**
   * All keys, in no order: there are no ranges. A key that is there all the time comes exactly once.
   * @example
   * for await (const key of store.keys({ limit: 100 })) console.log(key);
   */
  keys(options?: IterateOptions): AsyncIterableIterator<K> {
    return this.#scan(false, options, ({ key }) => this.decodeKey(key));
  }

  /** All values, as keys() gives the keys. */
  values(options?: IterateOptions): AsyncIterableIterator<V> {
    return this.#scan(true, options, ({ value }) => this.#values.encoding.decodeBytes(value));
  }

  /** All pairs of key and value, as keys() gives the keys. */
  entries(options?: IterateOptions): AsyncIterableIterator<[K, V]> {
    const { encoding } = this.#values;
    return this.#scan(true, options, ({ key, value }) => [this.decodeKey(key), encoding.decodeBytes(value)]);
  }

  #scan<Item>(withValues: boolean, options: IterateOptions | undefined, item: Parameters<typeof scan<Item>>[3]) {
    const limit = iterateLimit(options);
    this.#driver.checkOpen();
    return scan(this.#driver, withValues, limit, item);
  }

  /**
   * The writes from a sequence number on, in their order, as soon as they are durable.
   * @example
   * for await (const change of store.changes({ since: lastSeen, follow: true })) {
   *   if (change.type === 'gap') await readEverythingAnew();
   *   else apply(change);
   * }
   */
  changes(options: ChangesOptions = {}): AsyncIterableIterator<Change<V, K>> {
    checkChangesOptions(options);
    this.#driver.checkOpen();
    const { encoding } = this.#values;
    return new ChangeReader(
      this.#driver,
      { key: this.decodeKey, value: (bytes) => encoding.decodeBytes(bytes) },
      options,
    );
  }

  // --- The store as a whole ------------------------------------------------------------------------------------------

  /** Resolves when everything accepted so far is durable. */
  async flush(): Promise<void> {
    this.#driver.checkOpen();
    await this.#writer.idle();
    await this.#driver.request((ticket) => this.#driver.native.flush(ticket));
  }

  /**
   * Copies everything accepted so far, consistently, into a directory, new or of an earlier backup of this store, which
   * then costs only what is new. A backup that was opened has become a store of its own, and is refused.
   */
  async backup(directory: string): Promise<void> {
    checkDirectory('directory', directory);
    this.#driver.checkOpen();
    await this.#driver.request((ticket) => this.#driver.native.backup(resolve(directory), ticket));
  }

  /** Writes a checkpoint now. */
  async checkpoint(): Promise<void> {
    this.#driver.checkOpen();
    await this.#driver.request((ticket) => this.#driver.native.checkpoint(ticket));
  }

  /** Compacts until no segment has a larger share of dead bytes than `garbageShare`. Default: a tenth. */
  async compact(garbageShare = 0.1): Promise<void> {
    checkShare('garbageShare', garbageShare);
    this.#driver.checkOpen();
    await this.#driver.request((ticket) => this.#driver.native.compact(garbageShare, ticket));
  }

  /** Figures: sizes, counters, memory, log, checkpoints. */
  stats(): StoreStats {
    this.#driver.checkOpen();
    return JSON.parse(this.#driver.native.statsJson() ?? '{}') as StoreStats;
  }

  /**
   * Makes everything durable and closes the store. Waits for what is under way; later calls are rejected with
   * FORESHARD_CLOSED. Closing twice is fine.
   */
  close(): Promise<void> {
    this.#closed ??= closeStore(this.#driver, this.#writer, this.recovery);
    return this.#closed;
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- Events --------------------------------------------------------------------------------------------------------

  /**
   * Calls the listener at every event of this name.
   * @example
   * store.on('full', () => alert('disk full: writes are refused'));
   */
  on<Name extends StoreEventName>(name: Name, listener: Listener<StoreEvents[Name]>): this {
    this.#driver.emitter.on(name, listener);
    return this;
  }

  /** Calls the listener at the next event of this name. */
  once<Name extends StoreEventName>(name: Name, listener: Listener<StoreEvents[Name]>): this {
    this.#driver.emitter.once(name, listener);
    return this;
  }

  /** Takes a listener off. */
  off<Name extends StoreEventName>(name: Name, listener: Listener<StoreEvents[Name]>): this {
    this.#driver.emitter.off(name, listener);
    return this;
  }

  /** Calls that answer by a promise reject, they never throw. */
  #asked<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      if (this.#driver.closing) this.#driver.checkOpen();
      return ask();
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** Items of an iterable, so many at a time. */
async function* inGroups<Item>(items: AsyncIterable<Item>, size = 1000): AsyncGenerator<Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
