// The heat of a ring in figures for drawings: slices brought to cells, pages to shards, rates to levels.
import type { HeatMapView, HeatSlice } from '../../heat/index.js';

export interface Stretch {
  /** As parts of the ring, 0 to 1. */
  readonly from: number;
  readonly to: number;
}

/**
 * The rates of equal cells of the ring: each slice's is spread evenly over it, so that their sum is that of the slices.
 * `rates`: one for each of the stretches.
 */
export function cellsOf(stretches: readonly Stretch[], rates: readonly number[], count: number): number[] {
  const cells = Array.from({ length: count }, () => 0);
  for (const [i, { from, to }] of stretches.entries()) {
    const first = Math.min(count - 1, Math.floor(from * count));
    const last = Math.max(first, Math.min(count, Math.ceil(to * count)) - 1);
    for (let cell = first; cell <= last; cell++) {
      const overlap = Math.max(0, Math.min(to, (cell + 1) / count) - Math.max(from, cell / count));
      cells[cell]! += first === last ? rates[i]! : (rates[i]! * overlap) / (to - from);
    }
  }
  return cells;
}

/** How many shards begin in each cell. */
export function beginsOf(starts: readonly number[], count: number): number[] {
  const begins = Array.from({ length: count }, () => 0);
  for (const start of starts) begins[Math.min(count - 1, Math.floor(start * count))]!++;
  return begins;
}

/** What drawings show of a slice, by one half-life; rates a second. */
export interface Load extends Stretch {
  readonly shard: number;
  readonly keys: number;
  readonly bytes: number;
  readonly reads: number;
  readonly writes: number;
  readonly absentReads: number;
  readonly share: number;
}

export const rateOf = ({ reads, writes }: Load): number => reads + writes;
export const total = (loads: readonly Load[], of: (load: Load) => number): number => loads.reduce((sum, load) => sum + of(load), 0);

const loadOf = (slice: HeatSlice, window: number): Load => ({
  ...slice,
  reads: slice.reads[window]!,
  writes: slice.writes[window]!,
  absentReads: slice.absentReads[window]!,
  share: slice.share[window]!,
});

export const loadsOf = ({ slices }: HeatMapView, window: number): Load[] => slices.map((slice) => loadOf(slice, window));

const joined = (a: Load, b: Load): Load => ({
  from: a.from,
  to: b.to,
  shard: a.shard,
  keys: a.keys + b.keys,
  bytes: a.bytes + b.bytes,
  reads: a.reads + b.reads,
  writes: a.writes + b.writes,
  absentReads: a.absentReads + b.absentReads,
  share: a.share + b.share,
});

/** Slices of the same shard are neighbours. */
export function shardsOf(loads: readonly Load[]): Load[] {
  const shards: Load[] = [];
  for (const load of loads) {
    const before = shards.at(-1);
    if (before?.shard === load.shard) shards[shards.length - 1] = joined(before, load);
    else shards.push(load);
  }
  return shards;
}

/** Below this many accesses a second a store is idle. */
export const idleRate = 0.01;

/** Which half-life to show of a store at rest: the shortest but the first that has heat, or the longest. */
export function restingWindow(map: HeatMapView): number {
  const hot = (window: number) => total(loadsOf(map, window), rateOf) >= idleRate;
  const windows = map.halfLives.map((_, window) => window).slice(1);
  return windows.find(hot) ?? map.halfLives.length - 1;
}

/** On a square-root scale: 0 is nothing, levels - 1 the greatest rate. */
export function levelOf(rate: number, top: number, levels: number): number {
  return rate > 0 && top > 0 ? Math.min(levels - 1, Math.max(1, Math.round(Math.sqrt(rate / top) * (levels - 1)))) : 0;
}
