// A trace as a load on a store: which accesses are puts, keys, and values that tell whose they are.
import { readTrace, type Trace } from '../../../src/predictor/backtest/trace.js';
import { Values } from '../../common/dataset.js';
import type { ReplayOptions } from './tasks.js';

const recordHeadBytes = 16;
const entryPrefixBytes = 8;

/** What a record takes in a fast-restore image (native/engine/table/arena.h). */
const entryBytes = (keyBytes: number, valueBytes: number): number =>
  entryPrefixBytes + Math.ceil((recordHeadBytes + keyBytes + valueBytes) / 4) * 4;

/** Accesses by their number. A put is a write of the trace, or the first access of a key; all others are gets. */
export class Replay {
  readonly length: number;
  readonly #trace: Trace;
  readonly #options: ReplayOptions;
  readonly #puts: Uint8Array;
  /** By key. */
  readonly #firsts: Int32Array;
  readonly #values = new Map<number, Values>();

  constructor(trace: Trace, options: ReplayOptions) {
    this.#trace = trace;
    this.#options = options;
    this.length = Math.min(trace.length, options.accesses);
    this.#puts = trace.writes.slice(0, this.length);
    this.#firsts = new Int32Array(trace.keys.length).fill(-1);
    for (let at = 0; at < this.length; at++) {
      if (this.#firsts[this.idAt(at)]! >= 0) continue;
      this.#firsts[this.idAt(at)] = at;
      this.#puts[at] = 1;
    }
  }

  static async read(options: ReplayOptions): Promise<Replay> {
    return new Replay(await readTrace(options.file), options);
  }

  /** Whose access it is: the key's place among the distinct keys. */
  idAt(at: number): number {
    return this.#trace.ids[at]!;
  }

  /** The first access of a key; -1: there is none. */
  firstOf(id: number): number {
    return this.#firsts[id]!;
  }

  isPut(at: number): boolean {
    return this.#puts[at] === 1;
  }

  /** A put here, and a read of a key that had not come before in the trace. */
  isNewRead(at: number): boolean {
    return this.isPut(at) && this.#trace.writes[at] === 0;
  }

  get ids(): number {
    return this.#trace.keys.length;
  }

  /** Another seed gives other hashes. */
  key(id: number): string {
    return `${this.#options.seed}:${10_000_000 + id}`;
  }

  valueBytesAt(at: number): number {
    const { bytesMin, bytesMax } = this.#options;
    return Math.min(bytesMax, Math.max(bytesMin, this.#trace.sizes[at]!));
  }

  /** What an access puts. */
  valueAt(at: number): Buffer {
    return this.#valuesOf(this.valueBytesAt(at)).of(this.idAt(at), at);
  }

  /** The access that put this value of a key; -1: none, as every byte of it tells. */
  putOf(id: number, value: Buffer | undefined): number {
    if (value === undefined) return -1;
    const at = this.#valuesOf(value.length).versionOf(id, value);
    const isPut = at >= 0 && at < this.length && this.idAt(at) === id && this.isPut(at);
    return isPut && this.valueBytesAt(at) === value.length ? at : -1;
  }

  /** The last put of each key before an access; -1: none. */
  lastPutsBefore(at: number): Int32Array {
    const last = new Int32Array(this.ids).fill(-1);
    for (let put = 0; put < at; put++) if (this.isPut(put)) last[this.idAt(put)] = put;
    return last;
  }

  /** Keys, and the bytes that all of them take in memory or in images, as they are when the trace has ended. */
  get totals(): { keys: number; bytes: number } {
    let [keys, bytes] = [0, 0];
    for (const [id, put] of this.lastPutsBefore(this.length).entries()) {
      if (put < 0) continue;
      keys++;
      bytes += entryBytes(this.key(id).length, this.valueBytesAt(put));
    }
    return { keys, bytes };
  }

  #valuesOf(bytes: number): Values {
    let values = this.#values.get(bytes);
    if (values === undefined) this.#values.set(bytes, (values = new Values(bytes)));
    return values;
  }
}
