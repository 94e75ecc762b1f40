// Where to cut a shard.
import type { HeatSnapshot, Hottest } from '../heat/index.js';
import type { ShardLoad } from './load.js';

/** Cuts that no page begins at are multiples of this: 1/65536 of the ring. */
const finest = 16;
/** A key with so much of a shard's load: a cut could take away next to nothing. */
const aloneFrom = 0.98;
/** Samples from which on the share of a key is believed. */
const samplesWanted = 100;

/** By what a shard is to be halved. */
export type Weight = (page: number) => number;

/** The page boundary that leaves the heavier side lightest; undefined for a shard of one page. */
export function medianBoundary(
  snapshot: HeatSnapshot,
  { firstPage, endPage }: Pick<ShardLoad, 'firstPage' | 'endPage'>,
  weight: Weight,
): { at: number; heavier: number } | undefined {
  let all = 0;
  for (let page = firstPage; page < endPage; page++) all += weight(page);
  let best: { at: number; heavier: number } | undefined;
  let below = 0;
  for (let page = firstPage + 1; page < endPage; page++) {
    below += weight(page - 1);
    const heavier = Math.max(below, all - below);
    if (best === undefined || heavier < best.heavier) best = { at: snapshot.from(page), heavier };
  }
  return best;
}

/** Whether one key carries the shard, as far as the sample can tell. */
export function carriedByOneKey(hottest: Hottest): boolean {
  return hottest.samples >= samplesWanted && hottest.share >= aloneFrom;
}

/** The load of the hottest key, if the sample tells. */
export function rateOfHottest(hottest: Hottest, rate: number): number {
  return hottest.samples >= samplesWanted && hottest.share * hottest.samples >= 10 ? hottest.share * rate : 0;
}

/**
 * Cuts inside of the one page of a shard: both sides of a key that has most of it, else the middle. None if the page is as small
 * as pages can be cut.
 */
export function cutsInside(from: number, to: number, hottest: Hottest): number[] {
  const inside = (at: number) => at > from && at < to;
  if (hottest.samples >= samplesWanted && hottest.share > 0.5) {
    const below = Math.floor(hottest.at / finest) * finest;
    return [below, below + finest].filter(inside);
  }
  return [Math.round((from + to) / 2 / finest) * finest].filter(inside);
}
