// Reading: at once what is in memory; what is not, asynchronously and deep, or blocking where the caller asks for it.
import { answerLayout, errorNumber, outcomeLayout, placeLayout } from '../errors/index.js';
import type { NativeStore, NativeValue } from '../native/index.js';
import type { Driver } from './driver.js';
import { badKey, type Key } from './keys.js';
import { ByteWriter } from './packer.js';
import type { LateValue } from './packet.js';
import type { Values } from './values.js';
import { View } from './view.js';

/** A value with what the store knows about it. */
export interface Entry<V> {
  readonly value: V;
  /** Sequence number of the write; grows with each write of the store. */
  readonly seq: number;
  /** Unix milliseconds at which it expires; undefined: never. */
  readonly expiry: number | undefined;
}

/** Where a list of results is filled in, and how many of them are still to come. */
interface Pending<V> {
  readonly results: (V | undefined)[];
  missing: number;
  resolve(results: (V | undefined)[]): void;
  reject(error: Error): void;
}

const later = -1 - outcomeLayout.later;
const absent = -1 - outcomeLayout.absent;
const keptKeyBytes = 1024 * 1024;

export class Reader<V> {
  readonly #driver: Driver;
  readonly #native: NativeStore;
  readonly #answer: Float64Array;
  readonly #values: Values<V>;
  readonly #view: View;
  #keys = new ByteWriter();
  #places = new Int32Array(0);
  #lengths = new Int32Array(0);

  constructor(driver: Driver, values: Values<V>) {
    this.#driver = driver;
    this.#native = driver.native;
    this.#answer = driver.answer;
    this.#values = values;
    this.#view = new View(driver.native);
  }

  getSync(key: Key): V | undefined {
    this.#values.ready();
    const value = this.#take(this.#native.getSync(key), key);
    if (this.#answer[answerLayout.pending] !== 0) this.#driver.deliver();
    return value;
  }

  viewSync(key: Key): Buffer | undefined {
    this.#view.ready();
    const raw = this.#native.viewSync(key);
    if (this.#answer[answerLayout.pending] !== 0) this.#driver.deliver();
    if (typeof raw !== 'number') return raw;
    if (raw < 0) throw this.#refused(raw, key);
    return this.#view.of(raw);
  }

  getEntrySync(key: Key): Entry<V> | undefined {
    this.#values.ready();
    const entry = this.#takeEntry(this.#native.getSync(key), key);
    if (this.#answer[answerLayout.pending] !== 0) this.#driver.deliver();
    return entry;
  }

  hasSync(key: Key): boolean {
    return this.#presence(this.#native.hasSync(key), key);
  }

  get(key: Key): Promise<V | undefined> {
    return this.#read(key, this.#valueNow, this.#valueLate);
  }

  getEntry(key: Key): Promise<Entry<V> | undefined> {
    return this.#read(key, this.#entryNow, this.#entryLate);
  }

  async has(key: Key): Promise<boolean> {
    const ticket = this.#driver.reserveTickets(1);
    const found = this.#native.has(key, ticket);
    if (found === null) return (await this.#arrival(ticket)) !== undefined;
    return this.#presence(found, key);
  }

  /** The entry if it is in memory; else the promise of it. */
  entryNow(key: Key): Entry<V> | undefined | Promise<Entry<V> | undefined> {
    const ticket = this.#driver.reserveTickets(1);
    this.#values.ready();
    const raw = this.#native.get(key, ticket);
    if (raw === null) return this.#arrival(ticket).then(this.#entryLate);
    const entry = this.#takeEntry(raw, key);
    this.#driver.afterCall();
    return entry;
  }

  // Made once, so that a read costs no closure.
  readonly #valueNow = (raw: NativeValue, key: Key) => this.#take(raw, key);
  readonly #entryNow = (raw: NativeValue, key: Key) => this.#takeEntry(raw, key);
  readonly #valueLate = (late: LateValue) => (late === undefined ? undefined : this.#values.late(late.bytes));
  readonly #entryLate = (late: LateValue) => this.#lateEntry(late);

  /** Resolves at once if the value is in memory. Takes it before anything else is read, then delivers what else came. */
  #read<Result>(
    key: Key,
    now: (raw: NativeValue, key: Key) => Result,
    late: (value: LateValue) => Result,
  ): Promise<Result> {
    const ticket = this.#driver.reserveTickets(1);
    this.#values.ready();
    const raw = this.#native.get(key, ticket);
    if (raw === null) return this.#arrival(ticket).then(late);
    try {
      return Promise.resolve(now(raw, key));
    } catch (error) {
      return Promise.reject(error);
    } finally {
      if (this.#answer[answerLayout.pending] !== 0) this.#driver.deliver();
    }
  }

  #arrival(ticket: number): Promise<LateValue> {
    const arrival = new Promise<LateValue>((resolve, reject) => this.#driver.expect(ticket, { resolve, reject }));
    this.#driver.afterCall();
    return arrival;
  }

  #presence(found: number, key: Key): boolean {
    if (this.#answer[answerLayout.pending] !== 0) this.#driver.deliver();
    if (found < 0) throw this.#refused(found, key);
    return found === 1;
  }

  #take(raw: NativeValue, key: Key): V | undefined {
    if (typeof raw === 'number') {
      if (raw < 0) throw this.#refused(raw, key);
      return this.#values.fromSlab(raw);
    }
    return raw === undefined ? undefined : this.#values.own(raw);
  }

  #takeEntry(raw: NativeValue, key: Key): Entry<V> | undefined {
    const [seq, expiry] = [this.#answer[answerLayout.sequence]!, this.#answer[answerLayout.expiry]!];
    if (raw === undefined) return undefined;
    return { value: this.#take(raw, key) as V, seq, expiry: expiry === 0 ? undefined : expiry };
  }

  #lateEntry(late: LateValue): Entry<V> | undefined {
    if (late === undefined) return undefined;
    const { bytes, seq, expiry } = late;
    return { value: this.#values.late(bytes), seq, expiry: expiry === 0 ? undefined : expiry };
  }

  #refused(result: number, key: Key): Error {
    return -result === errorNumber.bad_key ? badKey(key) : this.#driver.refused(result, { key });
  }

  /** All values in the order of their keys, in as few crossings as the slab allows. */
  getMany(keys: readonly Key[]): Promise<(V | undefined)[]> {
    return new Promise((resolve, reject) => {
      const results = Array.from<V | undefined>({ length: keys.length });
      const pending: Pending<V> = { results, missing: keys.length, resolve, reject };
      try {
        this.#getAll(keys, pending);
      } finally {
        this.#values.keepRoom();
        this.#driver.afterCall();
      }
    });
  }

  #getAll(keys: readonly Key[], pending: Pending<V>): void {
    this.#packKeys(keys);
    const ticket = this.#driver.reserveTickets(keys.length);
    for (let first = 0, at = 0; first < keys.length;) {
      const count = this.#cross(keys, first, at, ticket, pending);
      for (let i = first; i < first + count; i++) at += this.#lengths[i]!;
      first += count;
    }
    if (pending.missing === 0) pending.resolve(pending.results);
  }

  #packKeys(keys: readonly Key[]): void {
    if (this.#lengths.length < keys.length) {
      this.#lengths = new Int32Array(keys.length * 2);
      this.#places = new Int32Array(keys.length * 2 * placeLayout.width);
    }
    if (this.#keys.bytes.length > keptKeyBytes) this.#keys = new ByteWriter();
    this.#keys.at = 0;
    for (let i = 0; i < keys.length; i++) {
      const length = this.#keys.addKey(keys[i]!);
      this.#lengths[i] = this.#places[i * placeLayout.width + placeLayout.length] = length;
    }
  }

  /** One crossing: answers how many keys it has dealt with. */
  #cross(keys: readonly Key[], first: number, at: number, ticket: number, pending: Pending<V>): number {
    const bytes = at === 0 ? this.#keys.bytes : this.#keys.bytes.subarray(at);
    this.#values.readyForMany();
    const start = this.#answer[answerLayout.slabOffset]!;
    const count = this.#native.getMany(bytes, this.#places, first, keys.length - first, ticket);
    if (count < 0) throw this.#driver.refused(count);
    const value = this.#values.endMany(start, this.#answer[answerLayout.slabOffset]!);
    if (first + count < keys.length) this.#values.renewSlab();
    const large: number[] = [];
    for (let i = first; i < first + count; i++) if (!this.#place(i, ticket + i, value, pending)) large.push(i);
    // Only now, when all tickets of this crossing are expected: a get() delivers completions.
    for (const i of large) this.get(keys[i]!).then((late) => this.#fillValue(pending, i, late), pending.reject);
    return count;
  }

  /** False: the value does not fit into the slab. */
  #place(index: number, ticket: number, value: (offset: number, length: number) => V, pending: Pending<V>): boolean {
    const length = this.#places[index * placeLayout.width + placeLayout.length]!;
    if (length >= 0) {
      pending.results[index] = value(this.#places[index * placeLayout.width + placeLayout.offset]!, length);
      pending.missing--;
    } else if (length === absent) {
      pending.missing--;
    } else if (length === later) {
      const resolve = (late: LateValue) => this.#fill(pending, index, late);
      this.#driver.expect(ticket, { resolve, reject: pending.reject });
    } else {
      return false;
    }
    return true;
  }

  #fill(pending: Pending<V>, index: number, late: LateValue): void {
    try {
      this.#fillValue(pending, index, this.#valueLate(late));
    } catch (error) {
      pending.reject(error as Error);
    }
  }

  #fillValue(pending: Pending<V>, index: number, value: V | undefined): void {
    pending.results[index] = value;
    if (--pending.missing === 0) pending.resolve(pending.results);
  }
}
