// Which slot of a bounded set a key has: a hash table with linear probing, without an object for each key.

/** Keys are upper bits of hashes, so their lower bits are as good as random. */
export class KeyIndex {
  readonly #keys: Float64Array;
  /** Slot and one; 0: empty. */
  readonly #places: Int32Array;
  readonly #mask: number;

  /** `keys`: those of the slots, kept by the caller. Holds as many as there are slots. */
  constructor(keys: Float64Array) {
    this.#keys = keys;
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(2 * keys.length)));
    this.#mask = this.#places.length - 1;
  }

  get bytes(): number {
    return this.#places.byteLength;
  }

  /** -1: the key is not there. */
  find(key: number): number {
    for (let place = key & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = this.#places[place]! - 1;
      if (slot < 0 || this.#keys[slot] === key) return slot;
    }
  }

  /** A key that is not there yet, and that stands in its slot already. */
  add(slot: number): void {
    let place = this.#keys[slot]! & this.#mask;
    while (this.#places[place] !== 0) place = (place + 1) & this.#mask;
    this.#places[place] = slot + 1;
  }

  /** The key of a slot, before another takes it. What was pushed on by it moves up (Knuth, vol. 3, section 6.4, algorithm R). */
  remove(slot: number): void {
    let hole = this.#keys[slot]! & this.#mask;
    while (this.#places[hole] !== slot + 1) hole = (hole + 1) & this.#mask;
    for (let place = (hole + 1) & this.#mask; this.#places[place] !== 0; place = (place + 1) & this.#mask) {
      const home = this.#keys[this.#places[place]! - 1]! & this.#mask;
      if (((place - home) & this.#mask) < ((place - hole) & this.#mask)) continue;
      this.#places[hole] = this.#places[place]!;
      hole = place;
    }
    this.#places[hole] = 0;
  }
}
