// Where to cut a shard.
import type { HeatSnapshot, Hottest } from '../heat/index.js';
import type { ShardLoad } from './load.js';

/** Cuts that no page begins at are multiples of this: 1/65536 of the ring. */
const finest = 16;
/** A key with so much of a shard's load: a cut could take away next to nothing. */
const aloneFrom = 0.98;
/** Samples from which on the share of a key is believed. */
const samplesWanted = 100;

/** A piece of a shard that a cut may go before, and what it weighs. */
export interface Segment {
  readonly at: number;
  readonly weight: number;
}

/** Pieces that a shard of few pages is looked at in. */
const piecesWanted = 32;
/** Samples for each part of a page that the sample divides. */
const samplesPerPart = 4;

/** How finely a page is looked at. */
function partsOf(span: number, pages: number, samples: number): number {
  const most = Math.min(piecesWanted / pages, span / finest, samples / samplesPerPart);
  return most < 2 ? 1 : 2 ** Math.floor(Math.log2(most));
}

/**
 * The pages of a shard with their weights. Where they are few, parts of them: the sample of accesses tells which part has how much
 * of its page.
 */
export function segmentsOf(
  snapshot: HeatSnapshot,
  { firstPage, endPage }: Pick<ShardLoad, 'firstPage' | 'endPage'>,
  weight: (page: number) => number,
  samples: Float64Array,
): Segment[] {
  const segments: Segment[] = [];
  let next = 0;
  for (let page = firstPage; page < endPage; page++) {
    const [from, to] = [snapshot.from(page), snapshot.to(page)];
    const first = next;
    while (next < samples.length && samples[next]! < to) next++;
    const parts = partsOf(to - from, endPage - firstPage, next - first);
    const counts = Array.from({ length: parts }, () => 0.5);
    for (let i = first; i < next; i++) counts[Math.max(0, Math.floor(((samples[i]! - from) / (to - from)) * parts))]! += 1;
    const all = next - first + parts / 2;
    for (const [part, count] of counts.entries())
      segments.push({ at: from + (part * (to - from)) / parts, weight: (weight(page) * count) / all });
  }
  return segments;
}

/** The boundary that leaves the heavier side lightest; undefined for a shard of one piece. */
export function medianBoundary(segments: readonly Segment[]): { at: number; heavier: number } | undefined {
  return bestBoundary(segments, (below, above) => Math.max(below, above));
}

/**
 * From where on the lower part (side -1) or the upper one (side 1) had better be the neighbour's, which has so much already: where
 * the heavier of the two is lightest then.
 */
export function shiftedBoundary(segments: readonly Segment[], neighbour: number, side: -1 | 1): { at: number; heavier: number } | undefined {
  return bestBoundary(segments, (below, above) =>
    side < 0 ? Math.max(above, neighbour + below) : Math.max(below, neighbour + above),
  );
}

function bestBoundary(
  segments: readonly Segment[],
  heavierOf: (below: number, above: number) => number,
): { at: number; heavier: number } | undefined {
  const all = segments.reduce((sum, { weight }) => sum + weight, 0);
  let best: { at: number; heavier: number } | undefined;
  let below = 0;
  for (const [i, { at, weight }] of segments.entries()) {
    const heavier = heavierOf(below, all - below);
    if (i > 0 && heavier < (best?.heavier ?? Infinity)) best = { at, heavier };
    below += weight;
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
