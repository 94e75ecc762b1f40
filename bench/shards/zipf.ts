// Zipf's law over keys, exactly: what share of the load each rank has, and draws by it.
import { spreadOut } from '../common/dataset.js';
import { Random } from '../demo/random.js';

/** By rank, the most wanted first: in proportion to 1 / rank^theta. */
export function zipfShares(keys: number, theta: number): Float64Array {
  const shares = Float64Array.from({ length: keys }, (_, rank) => (rank + 1) ** -theta);
  const sum = shares.reduce((all, share) => all + share, 0);
  return shares.map((share) => share / sum);
}

/** The key that has a rank. Another shift gives every rank to another key: the load jumps. */
export const keyOfRank = (rank: number, keys: number, shift: number): number => (spreadOut(rank, keys) + shift) % keys;

/** Draws ranks by their shares, each in constant time: Walker's alias method. */
export class RankDraws {
  readonly #random: Random;
  /** Of a column: the part that is its own, and the rank that has the rest of it. */
  readonly #own: Float64Array;
  readonly #rest: Int32Array;

  /** `shares`: in descending order, 1 in sum. */
  constructor(shares: Float64Array, seed: number) {
    this.#random = new Random(seed);
    this.#own = shares.map((share) => share * shares.length);
    this.#rest = Int32Array.from(shares, (_, rank) => rank);
    this.#fill();
  }

  next(): number {
    const column = Math.floor(this.#random.next() * this.#own.length);
    return this.#random.next() < this.#own[column]! ? column : this.#rest[column]!;
  }

  /** What a column lacks, the first rank gives that has too much; if too little is left to that, the next one gives to it. */
  #fill(): void {
    const own = this.#own;
    let giver = 0;
    for (let last = own.length - 1; last > giver; last--) {
      for (let taker = last; giver < last && own[taker]! < 1; taker = giver++) {
        this.#rest[taker] = giver;
        own[giver]! -= 1 - own[taker]!;
        if (own[giver]! >= 1) break;
      }
    }
  }
}
