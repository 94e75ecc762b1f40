// How a load lies on the ring, exactly: what any slice of it has, from the share of every key and where the key lies. No sampling.
import { ringUnits } from '../../src/heat/index.js';

export class RingLoad {
  /** What the hottest key has. */
  readonly hottest: number;
  readonly #below = new Float64Array(ringUnits + 1);

  /** `shares` by rank, `positions` by key, in units of the ring. */
  constructor(shares: Float64Array, positions: Int32Array, keyOf: (rank: number) => number) {
    const below = this.#below;
    for (let rank = 0; rank < shares.length; rank++) below[positions[keyOf(rank)]! + 1]! += shares[rank]!;
    for (let unit = 0; unit < ringUnits; unit++) below[unit + 1]! += below[unit]!;
    this.hottest = shares[0]!;
  }

  /** Of the whole load, what lies from one position up to, not including, another. */
  share(from: number, to: number): number {
    return this.#below[to]! - this.#below[from]!;
  }

  /** The busiest shard over the mean, and what no cut of the ring comes below: the hottest key alone over the mean. */
  imbalance(starts: readonly number[]): { busiest: number; floor: number } {
    let busiest = 0;
    for (const [at, start] of starts.entries()) busiest = Math.max(busiest, this.share(start, starts[at + 1] ?? ringUnits));
    return { busiest: busiest * starts.length, floor: Math.max(1, this.hottest * starts.length) };
  }
}
