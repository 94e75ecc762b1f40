// What to do about the shards, at one moment: a function of their load, the policy, and what was decided before.
import { carriedByOneKey, cutsInside, medianBoundary } from './cut.js';
import type { ShardLoad } from './load.js';
import { merges } from './merge.js';
import { describeLoad, isLarge, percent, type Moment } from './moment.js';
import { shiftOf } from './shift.js';
import type { PartitionState } from './state.js';

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

/** Where a shard is to be cut: in two halves; around a key that has most of its only page. None: it is too small. */
export function cutsOf(shard: ShardLoad, moment: Moment): number[] {
  const { from, to } = shard.shard;
  const large = isLarge(shard, moment);
  const onePage = shard.endPage - shard.firstPage === 1;
  if (onePage && !large && moment.hottestOf(shard).share > 0.5) return cutsInside(from, to, moment.hottestOf(shard));
  const boundary = medianBoundary(large ? moment.segmentsByBytes(shard) : moment.segmentsOf(shard));
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

/** What is to be done about a shard that is to be split, if so many changes are decided already. */
function changesOf(shard: ShardLoad, why: string, moment: Moment, state: PartitionState, decided: readonly Decision[]): Decision[] {
  const wanted = splitOf(shard, why, moment);
  const [{ verdict, reason }] = wanted as [Decision];
  if (verdict !== 'split') return wanted;
  const changes = decided.filter((decision) => decision.verdict === 'split' || decision.verdict === 'shift').length;
  if (moment.load.shards.length + changes + wanted.length > moment.policy.maxShards)
    // One at a time: a second one might count on a boundary that goes with the first.
    return changes > 0 ? [] : [shiftOf(shard, reason, moment, state)];
  if (state.affords(changes + wanted.length)) return wanted;
  return [{ verdict: 'budget', shard: shard.shard.id, reason: `too many changes of late; ${reason}` }];
}

function splits(moment: Moment, state: PartitionState): Decision[] {
  const decisions: Decision[] = [];
  for (const shard of moment.load.shards.toSorted((a, b) => b.rate - a.rate)) {
    const why = reasonToSplit(shard, moment);
    if (why !== undefined) decisions.push(...changesOf(shard, why, moment, state, decisions));
  }
  return decisions;
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
