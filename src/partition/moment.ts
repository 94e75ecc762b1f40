// The load of one moment as decisions look at it: what is a fair part of it, and which keys carry it.
import type { HeatSnapshot, HeatSource, Hottest } from '../heat/index.js';
import { rateOfHottest, segmentsOf, type Segment } from './cut.js';
import { loadOf, type Load, type ShardLoad } from './load.js';
import type { PartitionPolicy } from './options.js';

/** The shards that are looked at for the hottest key. */
const busiestLookedAt = 3;
const hottestWindows = 3;
/** With so many pages a shard is cut between them. */
const fewPages = 16;
const noSamples = new Float64Array(0);

export const percent = (part: number, all: number) => `${((100 * part) / (all || 1)).toFixed(1)} %`;
export const perSecond = (rate: number) => `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;

export class Moment {
  readonly load: Load;
  /** What a shard must carry at least, however the ring is cut: the mean, or what the hottest key has alone. */
  readonly fair: number;
  readonly mean: number;
  readonly #hottest = new Map<number, Hottest>();

  constructor(
    readonly snapshot: HeatSnapshot,
    readonly source: HeatSource,
    readonly policy: PartitionPolicy,
  ) {
    this.load = loadOf(snapshot, source.halfLives, policy);
    this.mean = this.load.total / this.load.shards.length;
    this.fair = this.#fairPart();
  }

  /** Its pages by their load; of few pages, parts. */
  segmentsOf(load: ShardLoad): Segment[] {
    const { from, to } = load.shard;
    const samples = load.endPage - load.firstPage < fewPages ? this.source.samples(from, to, this.#sampled()) : noSamples;
    return segmentsOf(this.snapshot, load, (page) => this.snapshot.rate(page, Math.max(this.load.window, 0)), samples);
  }

  /** Its pages by their bytes. */
  segmentsByBytes(load: ShardLoad): Segment[] {
    return segmentsOf(this.snapshot, load, (page) => this.snapshot.bytes(page), noSamples);
  }

  #sampled(): number {
    return this.source.halfLives[Math.max(this.load.window, 0)]! * hottestWindows;
  }

  hottestOf({ shard }: ShardLoad): Hottest {
    const known = this.#hottest.get(shard.id);
    if (known !== undefined) return known;
    const hottest = this.source.hottest(shard.from, shard.to, this.#sampled());
    this.#hottest.set(shard.id, hottest);
    return hottest;
  }

  #fairPart(): number {
    const busiest = this.load.shards.toSorted((a, b) => b.rate - a.rate).slice(0, busiestLookedAt);
    const keys = busiest.map((shard) => rateOfHottest(this.hottestOf(shard), shard.rate));
    return Math.max(this.mean, ...keys);
  }
}

/** By what it is near its capacity: its size, or what it is asked for. */
export function isLarge({ limit, usage, rate }: ShardLoad, { policy, load }: Moment): boolean {
  return load.window < 0 || rate === 0 || ((limit === 'bytes' || limit === 'keys') && usage >= policy.near);
}

/** Whether one shard may hold as much as two do. */
export function oneCanHold(a: ShardLoad, b: ShardLoad, part: number, { policy: { capacity } }: Moment): boolean {
  return a.bytes + b.bytes <= part * capacity.bytes && a.keys + b.keys <= part * capacity.keys;
}

/** In words, with the figures. */
export function describeLoad({ rate, usage, limit }: ShardLoad, { load, fair }: Moment): string {
  const share = load.window < 0 ? 'no load to speak of' : `${perSecond(rate)}, ${percent(rate, load.total)} of the load`;
  return `${share}, ${(rate / (fair || 1)).toFixed(2)} of a fair part, ${percent(usage, 1)} of its capacity in ${limit}`;
}
