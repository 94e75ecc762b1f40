// The load of the shards at one moment, from the rates of their pages.
import { ringUnits, type HeatSnapshot, type ShardFacts } from '../heat/index.js';
import type { PartitionPolicy } from './options.js';

/** Which limit of its capacity a shard is nearest to. */
export type Limit = 'operations' | 'share' | 'bytes' | 'keys';

export interface ShardLoad {
  readonly shard: ShardFacts;
  /** Its pages: from the first up to, not including, the end. */
  readonly firstPage: number;
  readonly endPage: number;
  /** Reads and writes a second. */
  readonly rate: number;
  /** How far chance may have moved the rate, as a part of it: two standard deviations. */
  readonly doubt: number;
  readonly bytes: number;
  readonly keys: number;
  /** Its load over its capacity, by the limit that it is nearest to. */
  readonly usage: number;
  readonly limit: Limit;
}

export interface Load {
  /** Which half-life the rates are of: the shortest that has seen enough accesses to tell shards apart. */
  readonly window: number;
  readonly total: number;
  readonly shards: readonly ShardLoad[];
}

/** Accesses for each shard from which on their shares are told from chance: a tenth is two standard deviations. */
const accessesPerShard = 400;

function totals(snapshot: HeatSnapshot, window: number): number {
  let total = 0;
  for (let page = 0; page < snapshot.pages; page++) total += snapshot.rate(page, window);
  return total;
}

/** For how long, in seconds, a steady rate must run to give as many accesses as a window has in it. */
function spanOf(window: number, halfLives: readonly number[], runningMs: number): number {
  const halfLife = halfLives[window]!;
  return ((halfLife / Math.LN2) * (1 - 2 ** (-runningMs / halfLife))) / 1000;
}

function usageOf(rate: number, total: number, bytes: number, keys: number, { capacity }: PartitionPolicy): [number, Limit] {
  const uses: [number, Limit][] = [
    [rate / capacity.operations, 'operations'],
    [total > 0 && capacity.share < 1 ? rate / total / capacity.share : 0, 'share'],
    [bytes / capacity.bytes, 'bytes'],
    [keys / capacity.keys, 'keys'],
  ];
  return uses.reduce((most, use) => (use[0] > most[0] ? use : most));
}

/** The shortest window with evidence; none while there is no load to speak of. */
function evidentWindow(snapshot: HeatSnapshot, halfLives: readonly number[]): { window: number; total: number } | undefined {
  const wanted = accessesPerShard * snapshot.shards.length;
  for (let window = 0; window < halfLives.length; window++) {
    const total = totals(snapshot, window);
    if (total * spanOf(window, halfLives, snapshot.runningMs) >= wanted) return { window, total };
  }
  return undefined;
}

/** Rates are 0, and window -1, while there is no load to speak of. */
export function loadOf(snapshot: HeatSnapshot, halfLives: readonly number[], policy: PartitionPolicy): Load {
  const { window, total } = evidentWindow(snapshot, halfLives) ?? { window: -1, total: 0 };
  const span = window < 0 ? 0 : spanOf(window, halfLives, snapshot.runningMs);
  const shards: ShardLoad[] = [];
  let page = 0;
  for (const shard of snapshot.shards) {
    const firstPage = page;
    let [rate, bytes, keys] = [0, 0, 0];
    // A page that is not loaded yet may reach over a boundary: it counts for the shard that it begins in.
    for (; page < snapshot.pages && snapshot.from(page) < shard.to && shard.from < ringUnits; page++) {
      if (window >= 0) rate += snapshot.rate(page, window);
      bytes += snapshot.bytes(page);
      keys += snapshot.keys(page);
    }
    const [usage, limit] = usageOf(rate, total, bytes, keys, policy);
    const doubt = rate > 0 ? 2 / Math.sqrt(rate * span) : 0;
    shards.push({ shard, firstPage, endPage: page, rate, doubt, bytes, keys, usage, limit });
  }
  return { window, total, shards };
}
