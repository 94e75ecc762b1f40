// Accepting writes and acknowledging them: a promise each, settled in the order of their sequence numbers when the
// write is durable (durability 'commit') or at once when it is accepted ('interval').
//
// When the engine has accepted as much as it may hold undurable, it answers `busy`; then writes wait here, first in,
// first out, and nothing overtakes them. A write that waits is not yet readable.
import { setTimeout as sleep } from 'node:timers/promises';
import { errorNumber, errorTable, type ForeshardError } from '../errors/index.js';
import type { NativeBytes } from '../native/index.js';
import type { Driver } from './driver.js';
import { badKey, type Key } from './keys.js';
import type { Packed } from './packer.js';

/** Tries a write: its sequence number, or the negative number of an error. */
type Attempt = () => number;

interface Waiting {
  readonly attempt: Attempt;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: Error) => void;
  readonly key: Key | undefined;
}

/** A write that was accepted under a condition. */
export interface Acceptance {
  /** Settles when it is durable, as durability says. */
  readonly durable: Promise<number>;
}

const retryMs = 5;
const isBusy = (error: Error) => (error as ForeshardError).code === errorTable[errorNumber.busy]!.code;

// One closure for all promises: an executor is called at once, so what it was given can be fetched from here.
let resolveLatest: (sequence: number) => void;
let rejectLatest: (error: Error) => void;
const capture = (resolve: typeof resolveLatest, reject: typeof rejectLatest): void => {
  resolveLatest = resolve;
  rejectLatest = reject;
};

/** Values and keys that outlive the call must not change under us. */
const own = (data: NativeBytes): NativeBytes => (typeof data === 'string' ? data : Buffer.from(data));

export class Writer {
  readonly #driver: Driver;
  readonly #interval: boolean;
  #waiting: Waiting[] = [];
  #retry: NodeJS.Timeout | undefined;
  #lastAccepted = 0;

  constructor(driver: Driver, interval: boolean) {
    this.#driver = driver;
    this.#interval = interval;
    driver.onDelivered = () => this.#resume();
    driver.otherWork.push(() => this.#waiting.length);
  }

  put(key: Key, value: NativeBytes, expiry: number): Promise<number> {
    if (this.#waiting.length > 0) return this.#wait(this.#putLater(key, value, expiry), key);
    const sequence = this.#driver.native.put(key, value, expiry);
    if (sequence > 0) return this.#accepted(sequence);
    if (-sequence === errorNumber.busy) return this.#wait(this.#putLater(key, value, expiry), key);
    return this.#refuse(sequence, key);
  }

  del(key: Key): Promise<number> {
    return this.#write(
      () => this.#driver.native.del(key),
      key,
      () => {
        const ownKey = own(key);
        return () => this.#driver.native.del(ownKey);
      },
    );
  }

  /** All operations as one, without conditions. */
  write(packed: Packed & { copy?: () => Packed }): Promise<number> {
    return this.#write(this.#writeOf(packed), undefined, () => this.#writeOf(packed.copy?.() ?? packed));
  }

  /** Blocks until it is durable, or with 'interval' accepted. */
  putSync(key: Key, value: NativeBytes, expiry: number): number {
    return this.#writeSync(() => this.#driver.native.put(key, value, expiry), key);
  }

  delSync(key: Key): number {
    return this.#writeSync(() => this.#driver.native.del(key), key);
  }

  /**
   * One write with conditions; rejects with FORESHARD_CONDITION_FAILED if one does not hold. Keeps what is packed until
   * then.
   */
  writeIf(packed: Packed): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#decide(packed, (sequence) => this.#acknowledge(sequence, resolve, reject), reject);
    });
  }

  /** The same, but resolves when the write is accepted. */
  acceptIf(packed: Packed): Promise<Acceptance> {
    return new Promise((resolve, reject) => {
      this.#decide(packed, (sequence) => resolve({ durable: this.#durable(sequence) }), reject);
    });
  }

  /** Whether writes wait for room: then what was written last is not yet readable. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when no write waits for room. */
  async idle(): Promise<void> {
    while (this.#waiting.length > 0) await sleep(retryMs);
  }

  /** Those who wait are told that the store is closed. */
  rejectWaiting(error: Error): void {
    clearTimeout(this.#retry);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #writeOf({ bytes, numbers, count }: Packed): Attempt {
    return () => this.#driver.native.write(bytes, numbers, count);
  }

  #putLater(key: Key, value: NativeBytes, expiry: number): Attempt {
    const [ownKey, ownValue] = [own(key), own(value)];
    return () => this.#driver.native.put(ownKey, ownValue, expiry);
  }

  #write(attempt: Attempt, key: Key | undefined, attemptLater: () => Attempt): Promise<number> {
    const sequence = this.#waiting.length > 0 ? -errorNumber.busy : attempt();
    if (sequence >= 0) return this.#accepted(sequence);
    if (-sequence === errorNumber.busy) return this.#wait(attemptLater(), key);
    return this.#refuse(sequence, key);
  }

  #refuse(result: number, key?: Key): Promise<never> {
    const error = this.#refused(result, key);
    this.#driver.afterCall();
    return Promise.reject(error);
  }

  #refused(result: number, key?: Key): Error {
    if (-result === errorNumber.bad_key && key !== undefined) return badKey(key);
    return this.#driver.refused(result, key === undefined ? {} : { key });
  }

  #accepted(sequence: number): Promise<number> {
    const durable = this.#durable(sequence);
    this.#driver.afterCall();
    return durable;
  }

  #durable(sequence: number): Promise<number> {
    const promise = new Promise(capture);
    this.#acknowledge(sequence, resolveLatest, rejectLatest);
    return promise;
  }

  #acknowledge(sequence: number, resolve: typeof resolveLatest, reject: typeof rejectLatest): void {
    if (sequence > this.#lastAccepted) this.#lastAccepted = sequence;
    if (this.#interval || sequence <= this.#driver.acks.durable) resolve(sequence);
    else this.#driver.acks.push(sequence, resolve, reject);
  }

  #wait(attempt: Attempt, key: Key | undefined): Promise<number> {
    const promise = new Promise(capture);
    this.#waiting.push({ attempt, resolve: resolveLatest, reject: rejectLatest, key });
    this.#retryLater();
    this.#driver.afterCall();
    return promise;
  }

  /** Room comes with acknowledgements, that is by deliver(); where memory was short, it may come without. */
  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#resume();
      this.#driver.afterCall();
    }, retryMs);
  }

  #resume(): void {
    let done = 0;
    for (const { attempt, resolve, reject, key } of this.#waiting) {
      const sequence = attempt();
      if (-sequence === errorNumber.busy) break;
      done++;
      if (sequence < 0) reject(this.#refused(sequence, key));
      else this.#acknowledge(sequence, resolve, reject);
    }
    if (done > 0) this.#waiting = this.#waiting.slice(done);
    if (this.#waiting.length > 0) this.#retryLater();
  }

  #writeSync(attempt: Attempt, key: Key): number {
    let sequence = this.#tryInTurn(attempt);
    while (-sequence === errorNumber.busy) {
      this.#driver.native.waitDurable(this.#lastAccepted);
      this.#driver.deliver();
      sequence = this.#tryInTurn(attempt);
    }
    if (sequence < 0) throw this.#refused(sequence, key);
    if (sequence > this.#lastAccepted) this.#lastAccepted = sequence;
    const outcome = this.#interval ? 0 : this.#driver.native.waitDurable(sequence);
    this.#driver.afterCall();
    if (outcome < 0) throw this.#refused(outcome, key);
    return sequence;
  }

  /** Not before those who wait. */
  #tryInTurn(attempt: Attempt): number {
    if (this.#waiting.length > 0) this.#resume();
    return this.#waiting.length > 0 ? -errorNumber.busy : attempt();
  }

  /** `accepted` is called as soon as it is, since the acknowledgement may follow at once. */
  #decide(packed: Packed, accepted: (sequence: number) => void, refused: (error: Error) => void): void {
    const again = () => this.#decide(packed, accepted, refused);
    if (this.waits) return void this.idle().then(again);
    const ticket = this.#driver.reserveTickets(1);
    const reject = (error: Error) => (isBusy(error) ? setTimeout(again, retryMs) : refused(error));
    this.#driver.expect(ticket, { resolve: accepted, reject });
    this.#driver.native.writeIf(packed.bytes, packed.numbers, packed.count, ticket);
    this.#driver.afterCall();
  }
}
