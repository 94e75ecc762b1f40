// Neighbours that have stayed cold become one.
import type { Decision } from './decide.js';
import type { ShardLoad } from './load.js';
import { oneCanHold, perSecond, type Moment } from './moment.js';
import type { PartitionState } from './state.js';

/** Whether two neighbours have so little together that one could carry both with ease. */
function coldTogether(lower: ShardLoad, upper: ShardLoad, moment: Moment): boolean {
  const { policy, fair, load } = moment;
  const { capacity, near, cold } = policy;
  const rate = lower.rate + upper.rate;
  const doubt = Math.max(lower.doubt, upper.doubt);
  const fits =
    rate <= cold * near * capacity.operations &&
    rate <= near * capacity.share * load.total &&
    oneCanHold(lower, upper, cold * near, moment);
  return fits && rate * (1 + Math.min(doubt, 1)) <= cold * fair;
}

export function merges(moment: Moment, state: PartitionState, elapsedMs: number): Decision[] {
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
  const { lower, upper } = coldest;
  const rate = lower.rate + upper.rate;
  const reason = `shards ${lower.shard.id} and ${upper.shard.id} have ${perSecond(rate)} together, ${(rate / (moment.fair || 1)).toFixed(2)} of a fair part, and have been cold for ${Math.round(policy.coldFor / 1000)} s`;
  return [{ verdict: 'merge', shard: upper.shard.id, at: upper.shard.from, reason }];
}
