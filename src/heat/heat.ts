// The heat of a store as the application sees it.
import { badOption, optionTable } from '../errors/index.js';
import type { Driver } from '../store/index.js';
import { History, type HeatHistory } from './history.js';
import { keyText } from './key-text.js';
import { NativeHeat, ringUnits, windows, type HeatSnapshot } from './snapshot.js';

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

export interface HotKey<K> {
  readonly key: K;
  /** Decayed number of accesses: one that is as old as the option heatHalfLife counts a half. */
  readonly accesses: number;
}

const historyEveryMs = 1000;
/** Pages that are looked through for hot keys before others have their turn. */
const pagesPerTurn = 256;
const hotKeysMax = 10_000;

/** The heat of an open store: where on the ring it is, and which keys have most of it. */
export class Heat<K> {
  /** @internal */
  readonly source: NativeHeat;
  readonly #driver: Driver;
  readonly #decodeKey: (bytes: Buffer) => K;
  readonly #history = new History();
  #timer: NodeJS.Timeout | undefined;

  /** @internal */
  constructor(driver: Driver, decodeKey: (bytes: Buffer) => K, halfLives: readonly number[] = defaultHalfLives) {
    this.#driver = driver;
    this.#decodeKey = decodeKey;
    const opened = performance.now();
    this.source = new NativeHeat(driver.native, halfLives, () => performance.now() - opened);
    driver.emitter.on('split', (event) => this.#history.noteChange(event));
    driver.emitter.on('merge', (event) => this.#history.noteChange(event));
  }

  /** @internal Keeps the history from now on, without keeping the process alive. */
  start(): void {
    this.#timer = setInterval(() => this.#history.note(this.source.snapshot()), historyEveryMs).unref();
  }
  /** @internal */
  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Where the load is now.
   * @example
   * const { slices } = store.heat.map();
   * const busiest = Math.max(...slices.map(({ share }) => share[1]));
   */
  map({ by = 'shard' }: HeatMapOptions = {}): HeatMapView {
    this.#driver.checkOpen();
    if (by !== 'shard' && by !== 'page') throw badOption('by', by, "'shard' or 'page'");
    const snapshot = this.source.snapshot();
    const { halfLives } = this.source;
    return { time: Date.now(), halfLives, slices: by === 'page' ? pagesOf(snapshot) : shardsOf(snapshot) };
  }

  /**
   * The keys with most heat, the hottest first; 1 to 10000 of them. Of keys whose records are in memory, as all are that are hot.
   * @example
   * for (const { key, accesses } of await store.heat.hotKeys(10)) console.log(key, accesses);
   */
  async hotKeys(count = 10): Promise<HotKey<K>[]> {
    return (await this.#hottest(count)).map(({ key, accesses }) => ({ key: this.#decodeKey(key), accesses }));
  }

  /** @internal The same, for eyes and for JSON. */
  async hotKeyTexts(count = 10): Promise<HotKey<string>[]> {
    return (await this.#hottest(count)).map(({ key, accesses }) => ({ key: keyText(key), accesses }));
  }

  async #hottest(count: number): Promise<HotKey<Buffer>[]> {
    if (!Number.isInteger(count) || count < 1 || count > hotKeysMax)
      throw badOption('count', count, `a whole number from 1 to ${hotKeysMax}`);
    let hottest: HotKey<Buffer>[] = [];
    for (let from = 0; ; ) {
      this.#driver.checkOpen();
      const found: (Buffer | number)[] = [];
      from = this.#driver.native.hotKeys(from, pagesPerTurn, count, found);
      for (let i = 0; i < found.length; i += 2) hottest.push({ key: found[i] as Buffer, accesses: found[i + 1] as number });
      hottest = hottest.toSorted((a, b) => b.accesses - a.accesses).slice(0, count);
      if (from === 0) break;
      await new Promise(setImmediate);
    }
    return hottest;
  }

  /** The load of the shards over the last minutes, and their splits and merges; for plots. */
  history(): HeatHistory {
    return this.#history.view();
  }
}

/** Milliseconds. */
export const defaultHalfLives: readonly number[] = [
  optionTable.heatHalfLife0.default,
  optionTable.heatHalfLife1.default,
  optionTable.heatHalfLife2.default,
  optionTable.heatHalfLife3.default,
];

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
