// The heat of a store by slices of the ring: its shards, or the pages of the index.
import { badOption } from '../errors/index.js';
import { ringUnits, windows, type HeatSnapshot } from './snapshot.js';

/** Accesses a second, one number for each of the half-lives, in their order. */
export type Rates = readonly number[];

/** A slice of the ring: a shard, or a page of the index. */
export interface HeatSlice {
  /** Where it begins, as a part of the ring, 0 to 1. */
  readonly from: number;
  /** It ends before this. */
  readonly to: number;
  /** The id of its shard. */
  readonly shard: number;
  /** Entries of the index: as many as keys, or some more, while versions of a key are not told apart. */
  readonly keys: number;
  /** Bytes of their records: an estimate. */
  readonly bytes: number;
  /** Reads of keys that are there. */
  readonly reads: Rates;
  /** Puts and deletes. */
  readonly writes: Rates;
  /** Reads of keys that are not there: no heat, as no shard can serve them better. */
  readonly absentReads: Rates;
  /** Its part of the store's reads and writes, 0 to 1, for each half-life. */
  readonly share: Rates;
}

export interface HeatMapView {
  /** Unix milliseconds. */
  readonly time: number;
  /** In milliseconds, ascending: what the rates are of. */
  readonly halfLives: readonly number[];
  /** Along the ring; together they are all of it. */
  readonly slices: readonly HeatSlice[];
}

export interface HeatMapOptions {
  /** One slice for each shard, or for each page of the index: some 3,000 keys. Default: 'shard'. */
  by?: 'shard' | 'page';
}

type Mutable = { keys: number; bytes: number; reads: number[]; writes: number[]; absentReads: number[] };

const none = (): Mutable => ({ keys: 0, bytes: 0, ...rates() });
const rates = () => ({ reads: zeros(), writes: zeros(), absentReads: zeros() });
const zeros = () => Array.from({ length: windows }, () => 0);

function add(sum: Mutable, snapshot: HeatSnapshot, page: number): void {
  sum.keys += snapshot.keys(page);
  sum.bytes += snapshot.bytes(page);
  for (let window = 0; window < windows; window++) {
    sum.reads[window]! += snapshot.reads(page, window);
    sum.writes[window]! += snapshot.writes(page, window);
    sum.absentReads[window]! += snapshot.absentReads(page, window);
  }
}

function totalRates(snapshot: HeatSnapshot): number[] {
  const totals = zeros();
  for (let page = 0; page < snapshot.pages; page++)
    for (let window = 0; window < windows; window++) totals[window]! += snapshot.rate(page, window);
  return totals;
}

const withShare = (sum: Mutable, totals: number[]) => ({
  ...sum,
  share: totals.map((total, window) => (total > 0 ? (sum.reads[window]! + sum.writes[window]!) / total : 0)),
});

function pagesOf(snapshot: HeatSnapshot): HeatSlice[] {
  const totals = totalRates(snapshot);
  return Array.from({ length: snapshot.pages }, (_, page) => {
    const sum = none();
    add(sum, snapshot, page);
    const shard = snapshot.shards[snapshot.shardOf(page)]!.id;
    return { from: snapshot.from(page) / ringUnits, to: snapshot.to(page) / ringUnits, shard, ...withShare(sum, totals) };
  });
}

function shardsOf(snapshot: HeatSnapshot): HeatSlice[] {
  const totals = totalRates(snapshot);
  const sums = snapshot.shards.map(none);
  for (let page = 0; page < snapshot.pages; page++) add(sums[snapshot.shardOf(page)]!, snapshot, page);
  return snapshot.shards.map(({ id, from, to }, index) => ({
    from: from / ringUnits,
    to: to / ringUnits,
    shard: id,
    ...withShare(sums[index]!, totals),
  }));
}

/** What a snapshot says, as of now. */
export function mapOf(snapshot: HeatSnapshot, halfLives: readonly number[], { by = 'shard' }: HeatMapOptions): HeatMapView {
  if (by !== 'shard' && by !== 'page') throw badOption('by', by, "'shard' or 'page'");
  return { time: Date.now(), halfLives, slices: by === 'page' ? pagesOf(snapshot) : shardsOf(snapshot) };
}
