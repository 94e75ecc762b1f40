// What to do about the shards, at one moment: a function of their load, the policy, and what was decided before.
import type { HeatSnapshot, HeatSource, Hottest } from '../heat/index.js';
import { carriedByOneKey, cutsInside, medianBoundary, rateOfHottest, segmentsOf, shiftedBoundary, type Segment } from './cut.js';
import { loadOf, type Load, type ShardLoad } from './load.js';
import type { PartitionPolicy } from './options.js';
import { PartitionState } from './state.js';

/** Why a shard is split, merged or left alone. */
export type Verdict = 'split' | 'merge' | 'shift' | 'unsplittable' | 'ceiling' | 'budget' | 'leave';

export interface Decision {
  readonly verdict: Verdict;
  /** The shard; of a merge, the upper one of the two. */
  readonly shard: number;
  /** Where a shard begins or no longer begins, in units of the ring; of splits, merges and shifts. */
  readonly at?: number;
  /** Of a shift: the boundary that goes, as the other side of `at` joins the neighbour. */
  readonly goes?: number;
  /** In words, with the figures. */
  readonly reason: string;
  /** Of 'unsplittable': the key that carries the shard, if its record is in memory. */
  readonly key?: Buffer;
}

/** The shards that are looked at for the hottest key. */
const busiestLookedAt = 3;
const hottestWindows = 3;
/** With so many pages a shard is cut between them. */
const fewPages = 16;
const none = new Float64Array(0);

const percent = (part: number, all: number) => `${((100 * part) / (all || 1)).toFixed(1)} %`;
const perSecond = (rate: number) => `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;

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
    const samples = load.endPage - load.firstPage < fewPages ? this.source.samples(from, to, this.#sampled()) : none;
    return segmentsOf(this.snapshot, load, (page) => this.snapshot.rate(page, Math.max(this.load.window, 0)), samples);
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

function describeLoad({ rate, usage, limit }: ShardLoad, { load, fair }: Moment): string {
  const share = load.window < 0 ? 'no load to speak of' : `${perSecond(rate)}, ${percent(rate, load.total)} of the load`;
  return `${share}, ${(rate / (fair || 1)).toFixed(2)} of a fair part, ${percent(usage, 1)} of its capacity in ${limit}`;
}

/** Undefined: there is no reason to split it. */
function reasonToSplit(shard: ShardLoad, moment: Moment): string | undefined {
  const { policy, fair, load } = moment;
  const sure = shard.limit === 'operations' || shard.limit === 'share' ? 1 - shard.doubt : 1;
  if (shard.limit !== 'share' && shard.usage * sure >= 1) return 'over its capacity';
  if (load.window < 0 || shard.usage * sure < policy.near) return undefined;
  const rate = shard.rate * (1 - shard.doubt);
  // What one key has alone is the fair part itself: such a shard is hot beside the mean, and has a verdict of its own.
  const hotBeside = rate >= policy.hot * moment.mean && carriedByOneKey(moment.hottestOf(shard)) ? moment.mean : fair;
  return rate >= policy.hot * hotBeside ? 'hot and near its capacity' : undefined;
}

/** By what it is near its capacity: its size, or what it is asked for. */
function isLarge({ limit, usage, rate }: ShardLoad, { policy, load }: Moment): boolean {
  return load.window < 0 || rate === 0 || ((limit === 'bytes' || limit === 'keys') && usage >= policy.near);
}

/** Where a shard is to be cut: in two halves; around a key that has most of its only page. None: it is too small. */
export function cutsOf(shard: ShardLoad, moment: Moment): number[] {
  const { snapshot } = moment;
  const { from, to } = shard.shard;
  const bytes = (page: number) => snapshot.bytes(page);
  const large = isLarge(shard, moment);
  if (shard.endPage - shard.firstPage === 1 && !large && moment.hottestOf(shard).share > 0.5) return cutsInside(from, to, moment.hottestOf(shard));
  const boundary = medianBoundary(large ? segmentsOf(snapshot, shard, bytes, none) : moment.segmentsOf(shard));
  return boundary === undefined ? cutsInside(from, to, moment.hottestOf(shard)) : [boundary.at];
}

function splitOf(shard: ShardLoad, why: string, moment: Moment): Decision[] {
  const { id } = shard.shard;
  const reason = `${why}: ${describeLoad(shard, moment)}`;
  const hottest = moment.hottestOf(shard);
  const unsplittable = (because: string): Decision[] => [
    { verdict: 'unsplittable', shard: id, reason: `${because}; ${reason}`, ...(hottest.key && { key: hottest.key }) },
  ];
  if (!isLarge(shard, moment) && carriedByOneKey(hottest))
    return unsplittable(`one key has ${percent(hottest.share, 1)} of it`);
  const cuts = cutsOf(shard, moment);
  if (cuts.length === 0) return unsplittable('its page is as small as pages are cut');
  return cuts.map((at) => ({ verdict: 'split', shard: id, at, reason }));
}

/** Where there are as many shards as there may be: so much less the busiest of those concerned must have after a shift. */
const shiftGain = 0.05;

interface Shift {
  readonly at: number;
  readonly goes: number;
  /** What the busiest of the shards concerned has then. */
  readonly heavier: number;
}

/** A part of it goes to a neighbour. */
function toNeighbours(shard: ShardLoad, moment: Moment, state: PartitionState): Shift[] {
  const { load } = moment;
  const place = load.shards.indexOf(shard);
  return ([-1, 1] as const).flatMap((side) => {
    const neighbour = load.shards[place + side];
    const goes = side < 0 ? shard.shard.from : shard.shard.to;
    if (neighbour === undefined || state.keepsCut(goes)) return [];
    const boundary = shiftedBoundary(moment.segmentsOf(shard), neighbour.rate, side);
    return boundary === undefined ? [] : [{ ...boundary, goes }];
  });
}

/** It is halved, and two others become one. */
function byMergingOthers(shard: ShardLoad, moment: Moment, state: PartitionState): Shift[] {
  const { load } = moment;
  const half = medianBoundary(moment.segmentsOf(shard));
  if (half === undefined) return [];
  return load.shards.slice(1).flatMap((upper, i) => {
    const lower = load.shards[i]!;
    if (lower === shard || upper === shard || state.keepsCut(upper.shard.from)) return [];
    return [{ at: half.at, goes: upper.shard.from, heavier: Math.max(half.heavier, lower.rate + upper.rate) }];
  });
}

function shiftOf(shard: ShardLoad, why: string, moment: Moment, state: PartitionState): Decision {
  const { id } = shard.shard;
  const shifts = moment.load.window < 0 ? [] : [...toNeighbours(shard, moment, state), ...byMergingOthers(shard, moment, state)];
  const best = shifts.reduce<Shift | undefined>((a, b) => (a !== undefined && a.heavier <= b.heavier ? a : b), undefined);
  if (best === undefined || best.heavier > shard.rate * (1 - shiftGain))
    return { verdict: 'ceiling', shard: id, reason: `there are maxShards already, and no other can take much of it; ${why}` };
  if (!state.affords(2)) return { verdict: 'budget', shard: id, reason: `too many changes of late; ${why}` };
  return { verdict: 'shift', shard: id, at: best.at, goes: best.goes, reason: `there are maxShards already, others take a part; ${why}` };
}

function splits(moment: Moment, state: PartitionState): Decision[] {
  const decisions: Decision[] = [];
  let count = moment.load.shards.length;
  for (const shard of moment.load.shards.toSorted((a, b) => b.rate - a.rate)) {
    const why = reasonToSplit(shard, moment);
    if (why === undefined) continue;
    const { id } = shard.shard;
    const wanted = splitOf(shard, why, moment);
    if (wanted[0]!.verdict === 'split' && count + wanted.length > moment.policy.maxShards) {
      // One at a time: a second one might count on a boundary that goes with the first.
      const shifted = decisions.some(({ verdict }) => verdict === 'shift' || verdict === 'split');
      if (!shifted) decisions.push(shiftOf(shard, wanted[0]!.reason, moment, state));
    } else if (wanted[0]!.verdict === 'split' && !state.affords(wanted.length))
      decisions.push({ verdict: 'budget', shard: id, reason: `too many changes of late; ${wanted[0]!.reason}` });
    else {
      decisions.push(...wanted);
      count += wanted.filter(({ verdict }) => verdict === 'split').length;
    }
  }
  return decisions;
}

/** Whether two neighbours have so little together that one could carry both with ease. */
function coldTogether(lower: ShardLoad, upper: ShardLoad, { policy, fair, load }: Moment): boolean {
  const { capacity, near, cold } = policy;
  const rate = lower.rate + upper.rate;
  const doubt = Math.max(lower.doubt, upper.doubt);
  const fits =
    rate <= cold * near * capacity.operations &&
    rate <= near * capacity.share * load.total &&
    lower.bytes + upper.bytes <= cold * near * capacity.bytes &&
    lower.keys + upper.keys <= cold * near * capacity.keys;
  return fits && rate * (1 + Math.min(doubt, 1)) <= cold * fair;
}

function merges(moment: Moment, state: PartitionState, elapsedMs: number): Decision[] {
  const { load, policy } = moment;
  if (load.window < 0) return []; // without load nothing is told of cold
  const ripe: { lower: ShardLoad; upper: ShardLoad }[] = [];
  for (let i = 1; i < load.shards.length; i++) {
    const [lower, upper] = [load.shards[i - 1]!, load.shards[i]!];
    const coldMs = state.noteCold(lower.shard.id, upper.shard.id, coldTogether(lower, upper, moment), elapsedMs);
    if (coldMs >= policy.coldFor && !state.keepsCut(upper.shard.from)) ripe.push({ lower, upper });
  }
  state.forgetOthers(load.shards.map(({ shard }) => shard.id));
  if (ripe.length === 0 || load.shards.length <= policy.minShards || !state.mayMerge()) return [];
  const coldest = ripe.reduce((a, b) => (b.lower.rate + b.upper.rate < a.lower.rate + a.upper.rate ? b : a));
  const rate = coldest.lower.rate + coldest.upper.rate;
  const reason = `shards ${coldest.lower.shard.id} and ${coldest.upper.shard.id} have had ${perSecond(rate)} together at most, ${(rate / (moment.fair || 1)).toFixed(2)} of a fair part, for ${Math.round(policy.coldFor / 1000)} s`;
  return [{ verdict: 'merge', shard: coldest.upper.shard.id, at: coldest.upper.shard.from, reason }];
}

/** What to do now. `elapsedMs`: since the last time; 0 in the later rounds of one look, which do not ask for merges again. */
export function decide(moment: Moment, state: PartitionState, elapsedMs: number): Decision[] {
  const toSplit = splits(moment, state);
  if (elapsedMs === 0 || toSplit.some(({ verdict }) => verdict === 'split' || verdict === 'shift')) return toSplit;
  return [...toSplit, ...merges(moment, state, elapsedMs)];
}

/** In words, why the shards that are left alone are. */
export function leftAlone(moment: Moment, decided: readonly Decision[]): Decision[] {
  const others = moment.load.shards.filter(({ shard }) => !decided.some((decision) => decision.shard === shard.id));
  return others.map((shard) => ({ verdict: 'leave', shard: shard.shard.id, reason: describeLoad(shard, moment) }));
}
