// Changes: the log as an async iterable, in the order of the writes, durable records only.
import type { Driver } from './driver.js';
import type { Entry, EntryBatch } from './packet.js';

/** One write, or a gap. */
export type Change<V, K> =
  | {
      readonly type: 'put';
      readonly key: K;
      readonly value: V;
      readonly seq: number;
      readonly expiry: number | undefined;
    }
  | { readonly type: 'del'; readonly key: K; readonly seq: number }
  /** Writes `from` to `to` are no longer in the log, since compaction has passed them: read the keys anew. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number };

export interface ChangesOptions {
  /** Sequence number to begin behind: the last one that you have seen. Default: 0, from the beginning. */
  since?: number;
  /** Wait at the end of the log for more, until you leave the loop, abort, or close the store. Default: false. */
  follow?: boolean;
  /** Ends the iteration. */
  signal?: AbortSignal;
}

const batchEntries = 1024;
const batchBytes = 64 * 1024;

/** How entries become keys and values. */
export interface ChangeDecoder<V, K> {
  key(bytes: Buffer): K;
  value(bytes: Buffer): V;
}

/** Not a generator, so that return() ends it at once while next() waits at the end of the log. */
export class ChangeReader<V, K> implements AsyncIterableIterator<Change<V, K>> {
  readonly #driver: Driver;
  readonly #decoder: ChangeDecoder<V, K>;
  readonly #follow: boolean;
  readonly #reader: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.return();
  #ready: Change<V, K>[] = [];
  #at = 0;
  #ended = false;
  #error: Error | undefined;
  /** Makes a next() that waits answer that it is over. */
  #leave: () => void = () => {};
  #turn: Promise<unknown> = Promise.resolve();

  constructor(driver: Driver, decoder: ChangeDecoder<V, K>, options: ChangesOptions) {
    this.#driver = driver;
    this.#decoder = decoder;
    this.#follow = options.follow ?? false;
    this.#signal = options.signal;
    this.#reader = driver.native.changesOpen(options.since ?? 0);
    driver.afterCall();
    if (this.#reader < 0) throw driver.refused(this.#reader);
    this.#signal?.addEventListener('abort', this.#onAbort);
    if (this.#signal?.aborted) this.#onAbort();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Calls that overlap are answered one after the other. */
  next(): Promise<IteratorResult<Change<V, K>, undefined>> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  async return(): Promise<IteratorResult<Change<V, K>, undefined>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#ready = [];
      this.#signal?.removeEventListener('abort', this.#onAbort);
      this.#driver.native.changesClose(this.#reader);
      this.#leave();
      this.#driver.afterCall();
    }
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<Change<V, K>, undefined>> {
    while (this.#at === this.#ready.length) {
      if (this.#error !== undefined && !(this.#follow && this.#driver.closing)) await this.#fail(this.#error);
      if (this.#ended) return { done: true, value: undefined };
      await this.#fetch();
    }
    return { done: false, value: this.#ready[this.#at++]! };
  }

  async #fetch(): Promise<void> {
    const batch = await this.#batch().catch((error: Error) => {
      // Who follows the log follows it to the end of the store.
      if (this.#follow && this.#driver.closing) return undefined;
      throw error;
    });
    this.#ready = batch === undefined ? [] : this.#changesOf(batch);
    this.#at = 0;
    this.#error = batch?.error;
    if (batch === undefined || batch.end) await this.#endOfLog();
  }

  /** Undefined: return() was called meanwhile. */
  #batch(): Promise<EntryBatch | undefined> {
    return new Promise((resolve, reject) => {
      this.#driver.checkOpen();
      const ticket = this.#driver.reserveTickets(1);
      this.#driver.expect(ticket, { resolve, reject });
      this.#leave = () => {
        this.#driver.forget(ticket);
        resolve(undefined);
      };
      this.#driver.native.changesNext(this.#reader, batchEntries, batchBytes, this.#follow, ticket);
      this.#driver.afterCall();
    });
  }

  async #fail(error: Error): Promise<never> {
    this.#error = undefined;
    await this.return();
    throw error;
  }

  /** What was fetched is still given out. */
  async #endOfLog(): Promise<void> {
    const ready = this.#ready;
    await this.return();
    this.#ready = ready;
  }

  #changesOf({ entries, gap }: EntryBatch): Change<V, K>[] {
    const changes = entries.map((entry) => this.#changeOf(entry));
    return gap === undefined ? changes : [{ type: 'gap', ...gap }, ...changes];
  }

  #changeOf({ deleted, key, value, seq, expiry }: Entry): Change<V, K> {
    if (deleted) return { type: 'del', key: this.#decoder.key(key), seq };
    const decoded = this.#decoder.value(value);
    return { type: 'put', key: this.#decoder.key(key), value: decoded, seq, expiry: expiry === 0 ? undefined : expiry };
  }
}
