// The orders that need no predictor: by recency, by count, by decayed count; and the best that there could have been.
import { recordOverhead } from './budget.js';
import type { Trace } from './trace.js';

/** An order is good for the moment that it was asked for: ids of keys, the most wanted first. */
export class Baselines {
  readonly #trace: Trace;
  readonly #last: Int32Array;
  readonly #count: Int32Array;
  readonly #decayed: Float64Array;
  readonly #seen: number[] = [];
  #bytes = 0;
  #now = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
    const keys = trace.keys.length;
    this.#last = new Int32Array(keys).fill(-1);
    this.#count = new Int32Array(keys);
    this.#decayed = new Float64Array(keys);
  }

  /** Half-life of the decayed count, in accesses. */
  static readonly halfLife = 10_000;

  /** Notes all accesses before this one. */
  advanceTo(access: number): void {
    for (; this.#now < access; this.#now++) {
      const id = this.#trace.ids[this.#now]!;
      if (this.#count[id] === 0) this.#seen.push(id);
      else this.#bytes -= this.#bytesOf(id);
      this.#decayed[id] = this.#decayed[id]! * 2 ** ((this.#last[id]! - this.#now) / Baselines.halfLife) + 1;
      this.#count[id]!++;
      this.#last[id] = this.#now;
      this.#bytes += this.#bytesOf(id);
    }
  }

  get seen(): number {
    return this.#seen.length;
  }

  /** What a key takes on average, in bytes. */
  get meanBytes(): number {
    return this.#bytes / this.#seen.length;
  }

  hasSeen(id: number): boolean {
    return this.#count[id]! > 0;
  }

  /** The keys used last. */
  recency(): Int32Array {
    return this.#sorted((id) => this.#last[id]!);
  }

  /** The keys used most, and of those used as often the later ones. */
  count(): Int32Array {
    return this.#sorted((id) => this.#count[id]! + this.#last[id]! / this.#trace.length);
  }

  /** The keys used most lately: an access counts a half after `halfLife`. */
  decayed(): Int32Array {
    return this.#sorted((id) => this.#decayed[id]! * 2 ** ((this.#last[id]! - this.#now) / Baselines.halfLife));
  }

  /** Of the keys seen, those that will be read most. */
  oracle(reads: Int32Array): Int32Array {
    const wanted = this.#wanted(reads);
    return Int32Array.from([...wanted.keys()].toSorted((a, b) => wanted.get(b)! - wanted.get(a)!));
  }

  /** How many keys of an order fit into so many bytes. */
  fitting(order: Int32Array, bytes: number): number {
    let left = bytes;
    const first = order.findIndex((id) => (left -= this.#bytesOf(id)) < 0);
    return first < 0 ? order.length : first;
  }

  /** The share of the reads that no choice of keys of so many bytes exceeds: the most read per byte are taken, the last in part. */
  oracleWithin(reads: Int32Array, bytes: number): number {
    const wanted = this.#wanted(reads);
    const worth = (id: number) => wanted.get(id)! / this.#bytesOf(id);
    let [left, served] = [bytes, 0];
    for (const id of [...wanted.keys()].toSorted((a, b) => worth(b) - worth(a))) {
      const part = Math.min(1, left / this.#bytesOf(id));
      served += part * wanted.get(id)!;
      left -= part * this.#bytesOf(id);
    }
    return served / reads.length;
  }

  /** How often each key seen is asked for. */
  #wanted(reads: Int32Array): Map<number, number> {
    const wanted = new Map<number, number>();
    for (const id of reads) if (this.hasSeen(id)) wanted.set(id, (wanted.get(id) ?? 0) + 1);
    return wanted;
  }

  /** As of its last access. */
  #bytesOf(id: number): number {
    return this.#trace.sizes[this.#last[id]!]! + recordOverhead;
  }

  #sorted(scoreOf: (id: number) => number): Int32Array {
    const scores = Float64Array.from(this.#seen, scoreOf);
    const order = Uint32Array.from(scores, (_, i) => i).toSorted((a, b) => scores[b]! - scores[a]!);
    return Int32Array.from(order, (i) => this.#seen[i]!);
  }
}
