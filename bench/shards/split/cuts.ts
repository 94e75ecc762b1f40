// How well a shard was cut: beside the boundary between two pages of the index that halves its load best.
import type { ShardLoad } from '../../../src/partition/load.js';
import type { Moment } from '../../../src/partition/index.js';
import type { RingLoad } from '../ring_load.js';

/** Parts of the shard's load. */
export interface Halving {
  /** What the heavier part has over a half: 1 is even, 2 leaves all on one side. */
  readonly heavier: number;
  /** The same at the best boundary of pages. */
  readonly heavierAtBest: number;
  /** The part of the load between the cut and the best boundary. */
  readonly apart: number;
}

/** A cut of a shard; positions in units of the ring. */
export interface CutJudged {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly pages: number;
  /** By the heat that the cut was chosen by; undefined for a cut inside of a page, of which heat does not tell. */
  readonly byHeat: Halving | undefined;
  /** By what the keys are asked for by Zipf's law. Undefined: the shard was of one page. */
  readonly exactly: Halving | undefined;
}

/** `shareBelow`: of the shard's load. */
export function halving(at: number, boundaries: readonly number[], shareBelow: (at: number) => number): Halving | undefined {
  const heavier = (place: number) => 2 * Math.max(shareBelow(place), 1 - shareBelow(place));
  if (boundaries.length === 0) return undefined;
  const best = boundaries.reduce((one, other) => (heavier(other) < heavier(one) ? other : one));
  return { heavier: heavier(at), heavierAtBest: heavier(best), apart: Math.abs(shareBelow(at) - shareBelow(best)) };
}

/** A shard at the moment before it is cut: its pages, and what each is asked for by the heat. */
export class ShardSeen {
  readonly from: number;
  readonly to: number;
  readonly #boundaries: readonly number[];
  /** Of the shard's rate, below each boundary. */
  readonly #heatBelow: ReadonlyMap<number, number>;

  constructor({ shard, firstPage, endPage, rate }: ShardLoad, { snapshot, load }: Moment) {
    [this.from, this.to] = [shard.from, shard.to];
    const below = new Map<number, number>();
    let sum = 0;
    for (let page = firstPage; page < endPage; page++) {
      if (page > firstPage) below.set(snapshot.from(page), sum / (rate || 1));
      sum += snapshot.rate(page, Math.max(load.window, 0));
    }
    this.#heatBelow = below;
    this.#boundaries = Array.from(below.keys());
  }

  get pages(): number {
    return this.#boundaries.length + 1;
  }

  judge(at: number, load: RingLoad): CutJudged {
    const { from, to, pages } = this;
    const all = load.share(from, to);
    const byHeat = this.#heatBelow.has(at) ? halving(at, this.#boundaries, (place) => this.#heatBelow.get(place)!) : undefined;
    const exactly = halving(at, this.#boundaries, (place) => load.share(from, place) / all);
    return { from, to, at, pages, byHeat, exactly };
  }
}
