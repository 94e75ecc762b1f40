// Read, change, write: one at a time for each key.
//
// Where the value is in memory and the change is made at once, nothing can come between the read and the write, since
// the store has one thread. Else the write has the condition that the record is still the one that was read, and is
// tried again if it is not.
import { conditionLayout, describe, foreshardError, recordKinds, type ErrorCode } from '../errors/index.js';
import { keyIdentity, type Key } from './keys.js';
import { packOne } from './packer.js';
import type { Driver } from './driver.js';
import type { Entry, Reader } from './reader.js';
import type { Values } from './values.js';
import type { Acceptance, Writer } from './writer.js';

/** Makes the new value of the old one (undefined: there is none); undefined deletes the key. */
export type Change<V> = (value: V | undefined) => V | undefined | PromiseLike<V | undefined>;

/** An update that is written: what was written, and when it is durable. */
interface Written<V> {
  readonly value: V | undefined;
  readonly durable: Promise<number>;
}

const conditionFailed: ErrorCode = 'FORESHARD_CONDITION_FAILED';
const hasCode = (error: unknown, code: ErrorCode) => (error as { code?: unknown }).code === code;

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

export class Updater<V> {
  readonly #driver: Driver;
  readonly #reader: Reader<V>;
  readonly #writer: Writer;
  readonly #values: Values<V>;
  /** Per key: settles when the latest update of it is written (not yet durable). */
  readonly #latest = new Map<string, Promise<unknown>>();

  constructor(driver: Driver, reader: Reader<V>, writer: Writer, values: Values<V>) {
    this.#driver = driver;
    this.#reader = reader;
    this.#writer = writer;
    this.#values = values;
  }

  /** Resolves to the value that was written when it is durable. `expiry` as for #expiryOf. */
  async update(key: Key, change: Change<V>, expiry: number | undefined): Promise<V | undefined> {
    const { value, durable } = await this.#inTurn(key, change, expiry);
    await durable;
    return value;
  }

  async increment(key: Key, by: number, expiry: number | undefined): Promise<number> {
    const { counter } = this.#values.encoding;
    let sum = by;
    await this.update(
      key,
      (value) => {
        const count = value === undefined ? 0 : counter.read(value);
        if (Number.isNaN(count))
          throw foreshardError('bad_value', `the value is not a number: ${describe(value)}`, { key, value });
        sum = count + by;
        return counter.write(sum);
      },
      expiry,
    );
    return sum;
  }

  #inTurn(key: Key, change: Change<V>, expiry: number | undefined): Written<V> | Promise<Written<V>> {
    const identity = keyIdentity(key);
    const before = this.#latest.get(identity);
    if (before === undefined) {
      const written = this.#begin(key, change, expiry);
      if (!isPromise(written)) return written;
      return this.#lineUp(identity, written);
    }
    return this.#lineUp(
      identity,
      before.then(() => this.#begin(key, change, expiry)),
    );
  }

  /** The next update of this key comes after it, whether it succeeds or not. */
  #lineUp(identity: string, written: Promise<Written<V>>): Promise<Written<V>> {
    const ended = Promise.allSettled([written]);
    this.#latest.set(identity, ended);
    void ended.then(() => this.#latest.get(identity) === ended && this.#latest.delete(identity));
    return written;
  }

  #begin(key: Key, change: Change<V>, expiry: number | undefined): Written<V> | Promise<Written<V>> {
    this.#driver.checkOpen();
    if (this.#writer.waits) return this.#writer.idle().then(() => this.#begin(key, change, expiry));
    const entry = this.#reader.entryNow(key);
    if (entry instanceof Promise) return entry.then((late) => this.#change(key, late, change, expiry));
    const value = change(entry?.value);
    if (isPromise(value)) return this.#writeIfUnchanged(key, entry, value, change, expiry);
    return this.#write(key, entry, value, expiry);
  }

  #write(key: Key, entry: Entry<V> | undefined, value: V | undefined, expiry: number | undefined): Written<V> {
    if (value === undefined) {
      return { value, durable: entry === undefined ? Promise.resolve(0) : this.#writer.del(key) };
    }
    const encoded = this.#values.encoding.encode(value);
    return { value, durable: this.#writer.put(key, encoded, expiryOf(entry, expiry)) };
  }

  async #change(
    key: Key,
    entry: Entry<V> | undefined,
    change: Change<V>,
    expiry: number | undefined,
  ): Promise<Written<V>> {
    return this.#writeIfUnchanged(key, entry, change(entry?.value), change, expiry);
  }

  async #writeIfUnchanged(
    key: Key,
    entry: Entry<V> | undefined,
    changed: V | undefined | PromiseLike<V | undefined>,
    change: Change<V>,
    expiry: number | undefined,
  ): Promise<Written<V>> {
    const value = await changed;
    if (value === undefined && entry === undefined) return { value, durable: Promise.resolve(0) };
    this.#driver.checkOpen();
    try {
      return { value, durable: (await this.#writeIf(key, entry, value, expiry)).durable };
    } catch (error) {
      if (!hasCode(error, conditionFailed)) throw error;
    }
    return this.#change(key, await this.#reader.getEntry(key), change, expiry);
  }

  #writeIf(
    key: Key,
    entry: Entry<V> | undefined,
    value: V | undefined,
    expiry: number | undefined,
  ): Promise<Acceptance> {
    const encoded = value === undefined ? '' : this.#values.encoding.encode(value);
    const of = {
      kind: value === undefined ? recordKinds.del : recordKinds.put,
      expiry: value === undefined ? 0 : expiryOf(entry, expiry),
      condition: entry === undefined ? conditionLayout.absent : conditionLayout.sequence,
      sequence: entry?.seq ?? 0,
    };
    return this.#writer.acceptIf(packOne(key, encoded, of));
  }
}

/** The expiry that was asked for; else that of the record which is changed. */
function expiryOf(entry: Entry<unknown> | undefined, asked: number | undefined): number {
  return asked ?? entry?.expiry ?? 0;
}
