// Which key is asked for next: by Zipf's law, or as a recorded trace has it.
import { Random, Zipf } from './random.js';

export interface Accesses {
  /** The number of the next key. */
  next(): number;
  /** Whether the access that next() has just answered is a write. */
  readonly isWrite: boolean;
  /** How many accesses there were. */
  readonly position: number;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** A number that, multiplied modulo n, sends ranks all over the keys, each to one of its own. */
function scrambler(n: number): number {
  let multiplier = Math.floor(n * 0.618) + 1;
  while (greatestCommonDivisor(multiplier, n) !== 1) multiplier++;
  return multiplier;
}

/** Popular keys lie scattered over the key space and over the time of loading. */
export class ZipfAccesses implements Accesses {
  isWrite = false;
  position = 0;
  readonly #random: Random;
  readonly #zipf: Zipf;
  readonly #multiplier: number;

  constructor(
    readonly keys: number,
    readonly shape: { readonly theta: number; readonly writeShare: number; readonly seed: number },
  ) {
    this.#random = new Random(shape.seed);
    this.#zipf = new Zipf(keys, shape.theta);
    this.#multiplier = scrambler(keys);
  }

  next(): number {
    this.position++;
    this.isWrite = this.#random.next() < this.shape.writeShare;
    return ((this.#zipf.rank(this.#random) + 1) * this.#multiplier) % this.keys;
  }
}

/** In an access of a trace, this bit says that it is a write; the others are the key's number. */
export const writeBit = 2 ** 31;

/**
 * Plays a trace, over and over. If the keys were multiplied, each copy is a tenant of its own, as far ahead of the one
 * before it as evenly spread tenants are; tenants take turns.
 */
export class TraceAccesses implements Accesses {
  isWrite = false;

  constructor(
    readonly accesses: Uint32Array,
    readonly baseKeys: number,
    readonly copies: number,
    public position = 0,
  ) {}

  next(): number {
    const tenant = this.position % this.copies;
    const lead = Math.floor((tenant * this.accesses.length) / this.copies);
    const access = this.accesses[(Math.floor(this.position / this.copies) + lead) % this.accesses.length]!;
    this.position++;
    this.isWrite = access >= writeBit;
    return tenant * this.baseKeys + (access % writeBit);
  }
}

/** Makes a share of the accesses writes, for traces that have none. */
export class WithWrites implements Accesses {
  isWrite = false;
  readonly #random: Random;

  constructor(
    readonly of: Accesses,
    readonly share: number,
    seed: number,
  ) {
    this.#random = new Random(seed);
  }

  get position(): number {
    return this.of.position;
  }

  next(): number {
    this.isWrite = this.#random.next() < this.share;
    return this.of.next();
  }
}
