// Random numbers that are the same for the same seed.

/** A counter that is mixed (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A number from 0 on, and below 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** So many of the items, in their order, each set of them as likely (Knuth, "The Art of Computer Programming", 3.4.2, S). */
  choose(items: Int32Array, wanted: number): Int32Array {
    const chosen = new Int32Array(wanted);
    let taken = 0;
    for (let i = 0; i < items.length && taken < wanted; i++)
      if (this.next() * (items.length - i) < wanted - taken) chosen[taken++] = items[i]!;
    return chosen;
  }
}
