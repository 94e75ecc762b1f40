// The features of tracked keys, computed for the slots that are asked for.
import type { AccessColumn } from '../catalogue/index.js';
import { leastFirst } from '../ordering.js';
import type { AccessHistory } from './history.js';
import { dayParts, halfLivesAccesses, halfLivesMs, linkDistances, type TrackedKeys } from './tracked-keys.js';

const unknown = -1;
const dayMs = 86_400_000;
/** How far what followed is looked at. */
const followSteps = 6000;
const countMax = 2 ** 20;

/** Slots by how they compare, best first; and of each slot its place there. */
export interface Order {
  readonly slots: Int32Array;
  readonly ranks: Int32Array;
}

/** Sorted by the keys that `keyOf` gives, below 2^32, the least first; in the order of `among` where equal. */
function orderBy(size: number, keyOf: (slot: number) => number, among?: Int32Array): Order {
  const keys = new Uint32Array(size);
  for (let slot = 0; slot < size; slot++) keys[slot] = keyOf(slot);
  const slots = new Int32Array(leastFirst(keys, among).buffer);
  const ranks = new Int32Array(size);
  for (let rank = 0; rank < size; rank++) ranks[slots[rank]!] = rank;
  return { slots, ranks };
}

/** All tracked keys, the one used last first. */
export const byRecency = (tracked: TrackedKeys): Order =>
  orderBy(tracked.size, (slot) => Math.min(tracked.now - tracked.last[slot]!, 2 ** 32 - 1));

/** All tracked keys, the one used most first, and of those used as often the one used last. */
export const byCount = (tracked: TrackedKeys, recency: Order): Order =>
  orderBy(tracked.size, (slot) => countMax - Math.min(tracked.count[slot]!, countMax), recency.slots);

/** What followed, by slot: the least place and in how many, as the columns say. */
export class Followers {
  readonly latest: Int32Array;
  readonly other: Int32Array;
  readonly times: Uint8Array;
  /** Of the contexts before those places, the longest. */
  readonly lengths: Uint8Array;
  /** In the order in which they were met first. */
  readonly slots: number[] = [];

  constructor(tracked: TrackedKeys, history: AccessHistory) {
    this.latest = new Int32Array(tracked.capacity).fill(unknown);
    this.other = new Int32Array(tracked.capacity).fill(unknown);
    this.times = new Uint8Array(tracked.capacity);
    this.lengths = new Uint8Array(tracked.capacity);
    history.follow(followSteps, (key, step, latest, length) => {
      const slot = tracked.find(key);
      if (slot < 0) return;
      const places = latest ? this.latest : this.other;
      if (this.latest[slot] === unknown && this.other[slot] === unknown) this.slots.push(slot);
      if (places[slot] === unknown || places[slot]! > step) places[slot] = step;
      this.lengths[slot] = Math.max(this.lengths[slot]!, length);
      if (this.times[slot]! < 255) this.times[slot]!++;
    });
  }
}

/** All that features are made of, as of one moment; good until the next access is noted. */
export class Moment {
  readonly tracked: TrackedKeys;
  readonly recency: Order;
  readonly count: Order;
  readonly followers: Followers;

  constructor(tracked: TrackedKeys, history: AccessHistory) {
    this.tracked = tracked;
    this.recency = byRecency(tracked);
    this.count = byCount(tracked, this.recency);
    this.followers = new Followers(tracked, history);
  }

  /** The numbers of a column for some slots; those that are `unknown` are not tracked. */
  fill(column: AccessColumn, slots: Int32Array, out: Float32Array): void {
    const numbers = features[column](this);
    if (typeof numbers === 'function') for (let row = 0; row < slots.length; row++) out[row] = numbers(slots[row]!);
    else for (let row = 0; row < slots.length; row++) out[row] = numbers[slots[row]!]!;
    for (let row = 0; row < slots.length; row++) if (slots[row]! < 0) out[row] = unknown;
  }

  columns<Column extends AccessColumn>(names: readonly Column[], slots: Int32Array): Record<Column, Float32Array> {
    const all = {} as Record<Column, Float32Array>;
    for (const name of names) this.fill(name, slots, (all[name] = new Float32Array(slots.length)));
    return all;
  }
}

/** Of each slot: an array as it is, or a function. What that needs is fetched once for all slots. */
type Feature = (moment: Moment) => Float32Array | Int32Array | Uint32Array | Uint8Array | ((slot: number) => number);

const rate =
  (which: number): Feature =>
  ({ tracked: { now, last, rates } }) => {
    const [counts, halfLife] = [rates[which]!, halfLivesAccesses[which]!];
    return (slot) => counts[slot]! * 2 ** ((last[slot]! - now) / halfLife);
  };

const rateMs =
  (which: number): Feature =>
  ({ tracked: { nowMs, lastMs, ratesMs } }) => {
    const [counts, halfLife] = [ratesMs[which]!, halfLivesMs[which]!];
    return (slot) => counts[slot]! * 2 ** ((lastMs[slot]! - nowMs) / halfLife);
  };

/** The linked key has been used later than when it was linked. */
const link =
  (which: number): Feature =>
  ({ tracked: { now, last, first, links } }) => {
    const [linkedTo, distance] = [links[which]!, linkDistances[which]!];
    return (slot) => {
      const linked = linkedTo[slot]!;
      if (linked < 0 || first[linked]! > last[slot]!) return unknown;
      return last[linked]! > last[slot]! - distance ? now - last[linked]! : unknown;
    };
  };

const restartRank: Feature = ({ tracked: { restartHits, restartRanks } }) => (slot) =>
  restartHits[slot]! > 0 ? restartRanks[slot]! / restartHits[slot]! : unknown;

const dayPart: Feature = ({ tracked: { byDay, nowMs } }) => {
  const present = Math.floor((nowMs / dayMs) * dayParts) % dayParts;
  return (slot) => {
    const from = slot * dayParts;
    let all = 0;
    for (let part = 0; part < dayParts; part++) all += byDay[from + part]!;
    return byDay[from + present]! / all;
  };
};

const features: Readonly<Record<AccessColumn, Feature>> = {
  age: ({ tracked: { now, last } }) => (slot) => now - last[slot]!,
  ageSeconds: ({ tracked: { nowMs, lastMs } }) => (slot) => (nowMs - lastMs[slot]!) / 1000,
  lifetime: ({ tracked: { now, first } }) => (slot) => now - first[slot]!,
  count: ({ tracked }) => tracked.count,
  gap: ({ tracked }) => tracked.gap,
  gapBefore: ({ tracked }) => tracked.gapBefore,
  gapMean: ({ tracked }) => tracked.gapMean,
  due: ({ tracked: { now, last, gap } }) => (slot) => (gap[slot]! > 0 ? (now - last[slot]!) / gap[slot]! : unknown),
  reads: ({ tracked: { reads, count } }) => (slot) => reads[slot]! / count[slot]!,
  bytes: ({ tracked }) => tracked.valueBytes,
  rateLife: ({ tracked: { now, first, count } }) => (slot) => count[slot]! / (now - first[slot]! + 1),
  rate1k: rate(halfLivesAccesses.indexOf(1000)),
  rate10k: rate(halfLivesAccesses.indexOf(10_000)),
  rate100k: rate(halfLivesAccesses.indexOf(100_000)),
  rateMinute: rateMs(halfLivesMs.indexOf(60_000)),
  rateHour: rateMs(halfLivesMs.indexOf(3_600_000)),
  recencyRank: ({ recency }) => recency.ranks,
  countRank: ({ count }) => count.ranks,
  link1: link(linkDistances.indexOf(1)),
  link8: link(linkDistances.indexOf(8)),
  link64: link(linkDistances.indexOf(64)),
  link512: link(linkDistances.indexOf(512)),
  link2048: link(linkDistances.indexOf(2048)),
  follow: ({ followers }) => followers.latest,
  followOther: ({ followers }) => followers.other,
  followed: ({ followers }) => followers.times,
  followLength: ({ followers }) => followers.lengths,
  restartRank,
  restarts: ({ tracked: { restarts, restartHits } }) => (slot) => (restarts > 0 ? restartHits[slot]! / restarts : unknown),
  dayPart,
};
