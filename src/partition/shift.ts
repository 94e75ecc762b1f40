// Where there are as many shards as there may be: what is too much of one goes to others.
import { medianBoundary, shiftedBoundary } from './cut.js';
import type { Decision } from './decide.js';
import type { ShardLoad } from './load.js';
import { isLarge, oneCanHold, type Moment } from './moment.js';
import type { PartitionState } from './state.js';

/** So much less the busiest of those concerned must have after a shift. */
const shiftGain = 0.05;

interface Shift {
  readonly at: number;
  readonly goes: number;
  /** What the busiest of the shards concerned has then. */
  readonly heavier: number;
}

/** A part of it goes to a neighbour. */
function toNeighbours(shard: ShardLoad, moment: Moment, state: PartitionState): Shift[] {
  const { load, policy } = moment;
  const place = load.shards.indexOf(shard);
  return ([-1, 1] as const).flatMap((side) => {
    const neighbour = load.shards[place + side];
    const goes = side < 0 ? shard.shard.from : shard.shard.to;
    if (neighbour === undefined || state.keepsCut(goes) || !oneCanHold(shard, neighbour, policy.near, moment)) return [];
    const boundary = shiftedBoundary(moment.segmentsOf(shard), neighbour.rate, side);
    return boundary === undefined ? [] : [{ ...boundary, goes }];
  });
}

/** It is halved, and two others become one. */
function byMergingOthers(shard: ShardLoad, moment: Moment, state: PartitionState): Shift[] {
  const { load, policy } = moment;
  const half = medianBoundary(moment.segmentsOf(shard));
  if (half === undefined) return [];
  return load.shards.slice(1).flatMap((upper, i) => {
    const lower = load.shards[i]!;
    if (lower === shard || upper === shard || state.keepsCut(upper.shard.from)) return [];
    if (!oneCanHold(lower, upper, policy.near, moment)) return [];
    return [{ at: half.at, goes: upper.shard.from, heavier: Math.max(half.heavier, lower.rate + upper.rate) }];
  });
}

export function shiftOf(shard: ShardLoad, why: string, moment: Moment, state: PartitionState): Decision {
  const { id } = shard.shard;
  const shifts = isLarge(shard, moment) ? [] : [...toNeighbours(shard, moment, state), ...byMergingOthers(shard, moment, state)];
  const best = shifts.reduce<Shift | undefined>((a, b) => (a !== undefined && a.heavier <= b.heavier ? a : b), undefined);
  if (best === undefined || best.heavier > shard.rate * (1 - shiftGain))
    return { verdict: 'ceiling', shard: id, reason: `there are maxShards already, and no other can take much of it; ${why}` };
  if (!state.affords(2)) return { verdict: 'budget', shard: id, reason: `too many changes of late; ${why}` };
  return { verdict: 'shift', shard: id, at: best.at, goes: best.goes, reason: `there are maxShards already, others take a part; ${why}` };
}
