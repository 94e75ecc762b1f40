// The orders that need no predictor: by recency, by count, by decayed count; and the best that there could have been.
import type { Trace } from './trace.js';

/** An order is good for the moment that it was asked for: ids of keys, the most wanted first. */
export class Baselines {
  readonly #trace: Trace;
  readonly #last: Int32Array;
  readonly #count: Int32Array;
  readonly #decayed: Float64Array;
  readonly #seen: number[] = [];
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
      this.#decayed[id] = this.#decayed[id]! * 2 ** ((this.#last[id]! - this.#now) / Baselines.halfLife) + 1;
      this.#count[id]!++;
      this.#last[id] = this.#now;
    }
  }

  get seen(): number {
    return this.#seen.length;
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
    const wanted = new Map<number, number>();
    for (const id of reads) wanted.set(id, (wanted.get(id) ?? 0) + 1);
    const ids = [...wanted.keys()].filter((id) => this.hasSeen(id));
    return Int32Array.from(ids.toSorted((a, b) => wanted.get(b)! - wanted.get(a)!));
  }

  #sorted(scoreOf: (id: number) => number): Int32Array {
    const scores = Float64Array.from(this.#seen, scoreOf);
    const order = Uint32Array.from(scores, (_, i) => i).toSorted((a, b) => scores[b]! - scores[a]!);
    return Int32Array.from(order, (i) => this.#seen[i]!);
  }
}
