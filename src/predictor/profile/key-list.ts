// Keys in an order, none twice, and the place of each: arrays of a fixed size, no object for each key.
import { KeyIndex } from '../features/key-index.js';

export class KeyList {
  readonly #keys: Float64Array;
  readonly #index: KeyIndex;
  #size = 0;

  constructor(readonly capacity: number) {
    this.#keys = new Float64Array(Math.max(1, capacity));
    this.#index = new KeyIndex(this.#keys);
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size >= this.capacity;
  }

  /** -1: the key is not in the list. */
  placeOf(key: number): number {
    return this.#index.find(key);
  }

  has(key: number): boolean {
    return this.#index.find(key) >= 0;
  }

  /** At the end; a key that is there already stays where it is. Answers its place, or -1 if the list is full. */
  add(key: number): number {
    const place = this.#index.find(key);
    if (place >= 0 || this.full) return place;
    this.#keys[this.#size] = key;
    this.#index.add(this.#size);
    return this.#size++;
  }

  /** A copy. */
  toArray(): Float64Array {
    return this.#keys.slice(0, this.#size);
  }
}
