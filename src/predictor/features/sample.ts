// Which tracked keys a lesson is about: those that any simple order puts first are all there, of the others ever fewer.
import type { Moment } from './columns.js';

/** Slots, and how many tracked keys each stands for: one over the chance that it had to be taken. */
export interface Sample {
  readonly slots: Int32Array;
  readonly weights: Float32Array;
}

/**
 * Takes each key with the chance `whole` / place, its place being the better of those by recency, by count and among what followed;
 * the first `whole` of each are sure to be there. About `whole` times the logarithm of the number of keys are taken for each order
 * (Horvitz and Thompson, JASA 47, 1952: weights by the inverse of the chance keep sums true).
 * `random`: uniform from 0 to below 1.
 */
export function sampleOf(moment: Moment, whole: number, random: () => number): Sample {
  const { tracked, recency, count, followers } = moment;
  const best = recency.ranks.slice();
  for (let slot = 0; slot < best.length; slot++) if (count.ranks[slot]! < best[slot]!) best[slot] = count.ranks[slot]!;
  for (const [place, slot] of followers.slots.entries()) best[slot] = Math.min(best[slot]!, place);
  const slots: number[] = [];
  const weights: number[] = [];
  for (let slot = 0; slot < tracked.size; slot++) {
    const chance = Math.min(1, whole / (best[slot]! + 1));
    if (chance < 1 && random() >= chance) continue;
    slots.push(slot);
    weights.push(1 / chance);
  }
  return { slots: Int32Array.from(slots), weights: Float32Array.from(weights) };
}
