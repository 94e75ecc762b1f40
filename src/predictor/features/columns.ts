// The features of tracked keys, computed for the slots that are asked for.
import type { AccessColumn } from '../catalogue/index.js';
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

/** Sorted by a whole number below 2^32 for each slot, the least first; slots in the order of `among` where equal. */
function orderBy(size: number, numberOf: (slot: number) => number, among?: Order): Order {
  const packed = new Float64Array(size);
  for (let slot = 0; slot < size; slot++) packed[slot] = numberOf(slot) * size + (among ? among.ranks[slot]! : slot);
  packed.sort();
  const slots = new Int32Array(size);
  const ranks = new Int32Array(size);
  for (let rank = 0; rank < size; rank++) {
    const low = packed[rank]! % size;
    const slot = among ? among.slots[low]! : low;
    slots[rank] = slot;
    ranks[slot] = rank;
  }
  return { slots, ranks };
}

/** All tracked keys, the one used last first. */
export const byRecency = (tracked: TrackedKeys): Order =>
  orderBy(tracked.size, (slot) => Math.min(tracked.now - tracked.last[slot]!, 2 ** 32));

/** All tracked keys, the one used most first, and of those used as often the one used last. */
export const byCount = (tracked: TrackedKeys, recency: Order): Order =>
  orderBy(tracked.size, (slot) => countMax - Math.min(tracked.count[slot]!, countMax), recency);

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
    const feature = features[column];
    for (let row = 0; row < slots.length; row++) out[row] = slots[row]! < 0 ? unknown : feature(this, slots[row]!);
  }

  columns<Column extends AccessColumn>(names: readonly Column[], slots: Int32Array): Record<Column, Float32Array> {
    const all = {} as Record<Column, Float32Array>;
    for (const name of names) this.fill(name, slots, (all[name] = new Float32Array(slots.length)));
    return all;
  }
}

type Feature = (moment: Moment, slot: number) => number;

/** Of the array that holds it as it is. */
const stored =
  (array: (tracked: TrackedKeys) => ArrayLike<number>): Feature =>
  ({ tracked }, slot) =>
    array(tracked)[slot]!;

const rate =
  (which: number): Feature =>
  ({ tracked }, slot) =>
    tracked.rateOf(slot, which);

const rateMs =
  (which: number): Feature =>
  ({ tracked }, slot) =>
    tracked.ratesMs[which]![slot]! * 2 ** ((tracked.lastMs[slot]! - tracked.nowMs) / halfLivesMs[which]!);

/** The linked key has been used later than when it was linked. */
const link =
  (which: number): Feature =>
  ({ tracked }, slot) => {
    const linked = tracked.links[which]![slot]!;
    if (linked < 0 || tracked.first[linked]! > tracked.last[slot]!) return unknown;
    const last = tracked.last[linked]!;
    return last > tracked.last[slot]! - linkDistances[which]! ? tracked.now - last : unknown;
  };

const restartRank: Feature = ({ tracked }, slot) =>
  tracked.restartHits[slot]! > 0 ? tracked.restartRanks[slot]! / tracked.restartHits[slot]! : unknown;

const dayPart: Feature = ({ tracked }, slot) => {
  const from = slot * dayParts;
  let all = 0;
  for (let part = 0; part < dayParts; part++) all += tracked.byDay[from + part]!;
  return tracked.byDay[from + (Math.floor((tracked.nowMs / dayMs) * dayParts) % dayParts)]! / all;
};

const features: Readonly<Record<AccessColumn, Feature>> = {
  age: ({ tracked }, slot) => tracked.now - tracked.last[slot]!,
  ageSeconds: ({ tracked }, slot) => (tracked.nowMs - tracked.lastMs[slot]!) / 1000,
  lifetime: ({ tracked }, slot) => tracked.now - tracked.first[slot]!,
  count: stored(({ count }) => count),
  gap: stored(({ gap }) => gap),
  gapBefore: stored(({ gapBefore }) => gapBefore),
  gapMean: stored(({ gapMean }) => gapMean),
  due: ({ tracked }, slot) => (tracked.gap[slot]! > 0 ? (tracked.now - tracked.last[slot]!) / tracked.gap[slot]! : unknown),
  reads: ({ tracked }, slot) => tracked.reads[slot]! / tracked.count[slot]!,
  bytes: stored(({ valueBytes }) => valueBytes),
  rateLife: ({ tracked }, slot) => tracked.count[slot]! / (tracked.now - tracked.first[slot]! + 1),
  rate1k: rate(halfLivesAccesses.indexOf(1000)),
  rate10k: rate(halfLivesAccesses.indexOf(10_000)),
  rate100k: rate(halfLivesAccesses.indexOf(100_000)),
  rateMinute: rateMs(halfLivesMs.indexOf(60_000)),
  rateHour: rateMs(halfLivesMs.indexOf(3_600_000)),
  recencyRank: ({ recency }, slot) => recency.ranks[slot]!,
  countRank: ({ count }, slot) => count.ranks[slot]!,
  link1: link(linkDistances.indexOf(1)),
  link8: link(linkDistances.indexOf(8)),
  link64: link(linkDistances.indexOf(64)),
  link512: link(linkDistances.indexOf(512)),
  link2048: link(linkDistances.indexOf(2048)),
  follow: ({ followers }, slot) => followers.latest[slot]!,
  followOther: ({ followers }, slot) => followers.other[slot]!,
  followed: ({ followers }, slot) => followers.times[slot]!,
  followLength: ({ followers }, slot) => followers.lengths[slot]!,
  restartRank,
  restarts: ({ tracked }, slot) => (tracked.restarts > 0 ? tracked.restartHits[slot]! / tracked.restarts : unknown),
  dayPart,
};
