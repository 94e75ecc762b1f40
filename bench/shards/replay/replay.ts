// A recorded load, played at its own pace in virtual time, by shards that stay as they are and by shards that follow it.
import { basename, join } from 'node:path';
import { accessesOf, spanOf } from './recorded.js';
import { equalStarts, imbalance, VirtualStore, type ShardEvent } from './virtual.js';

export interface ReplaySettings {
  readonly directory: string;
  readonly shards: number;
  readonly windows: number;
  /** Of a table of rates: one access stands for so many. */
  readonly scale: number;
  readonly say: (text: string) => void;
}

export interface ReplayResult {
  readonly load: string;
  readonly accesses: number;
  readonly hours: number;
  /** Busiest shard over mean, by the mean of the windows, each window weighing as much as it has accesses. */
  readonly staticRatio: number;
  readonly dynamicRatio: number;
  /** What no cut comes below, with as many shards as there were. */
  readonly dynamicFloor: number;
  readonly shardsAtEnd: number;
  readonly splits: number;
  readonly merges: number;
  readonly movedBytes: number;
  /** The lighter part of every change: what must move at least. */
  readonly leastBytes: number;
  /** Splits that a merge has taken back within ten minutes. */
  readonly undone: number;
}

const hour = 3_600_000;
const day = 24 * hour;

/** Half-lives as an operator of a load of that length would set them. */
function halfLivesOf(spanMs: number): readonly number[] {
  if (spanMs > 60 * day) return [hour, 6 * hour, day, 7 * day];
  return spanMs > 3 * day ? [60_000, 600_000, hour, 6 * hour] : [200, 1000, 60_000, hour];
}

/** Counts accesses in windows of equal time, and how even the shards were in each. */
class CountingWindows {
  accesses = 0;
  readonly #windowMs: number;
  readonly #sums = { fixed: 0, dynamic: 0, floor: 0 };
  readonly #fixed: readonly number[];
  #counts = new Map<number, number>();
  #starts: readonly number[];
  #window = 0;

  constructor(
    readonly store: VirtualStore,
    readonly settings: ReplaySettings,
    spanMs: number,
  ) {
    this.#windowMs = spanMs / settings.windows;
    this.#fixed = equalStarts(settings.shards);
    this.#starts = this.#startsNow();
  }

  #startsNow(): number[] {
    return this.store.shards().map(({ from }) => from);
  }

  /** Time has come to there. */
  passTo(ms: number): void {
    if (ms < (this.#window + 1) * this.#windowMs || this.#window >= this.settings.windows - 1) return;
    this.end();
    this.#window = Math.floor(ms / this.#windowMs);
  }

  count(position: number): void {
    this.#counts.set(position, (this.#counts.get(position) ?? 0) + 1);
  }

  /** Of the window. The shards at the beginning of the next stand for all of it. */
  end(): void {
    const accesses = [...this.#counts.values()].reduce((a, b) => a + b, 0);
    if (accesses > 0) {
      const dynamic = imbalance(this.#counts, this.#starts);
      this.accesses += accesses;
      this.#sums.fixed += accesses * imbalance(this.#counts, this.#fixed).busiest;
      this.#sums.dynamic += accesses * dynamic.busiest;
      this.#sums.floor += accesses * dynamic.floor;
    }
    this.#counts = new Map();
    this.#starts = this.#startsNow();
  }

  /** The mean of all windows. */
  ratios(): Pick<ReplayResult, 'staticRatio' | 'dynamicRatio' | 'dynamicFloor'> {
    const { fixed, dynamic, floor } = this.#sums;
    return { staticRatio: fixed / this.accesses, dynamicRatio: dynamic / this.accesses, dynamicFloor: floor / this.accesses };
  }
}

async function openFor(file: string, spanMs: number, { directory, shards }: ReplaySettings): Promise<VirtualStore> {
  const halfLives = halfLivesOf(spanMs);
  const interval = Math.min(60_000, Math.max(250, halfLives[0]!));
  const partition = { capacity: { share: 1 / shards }, hot: 1.05, near: 0.9, interval, maxShards: shards };
  return VirtualStore.open(join(directory, `${basename(file)}.store`), { shards, halfLives, partition });
}

/** Plays all accesses; the partitioner looks as often as its interval says. */
async function play(file: string, scale: number, fromMs: number, store: VirtualStore, windows: CountingWindows): Promise<void> {
  const { interval } = store.partitioner.policy;
  let lookMs = 0;
  for (const { ms, key, write } of accessesOf(file, scale)) {
    const now = ms - fromMs;
    if (now - lookMs >= interval) {
      await store.passTo(now);
      lookMs = now;
    }
    windows.passTo(now);
    windows.count(await store.access(key, write));
  }
  windows.end();
}

function changesIn({ events }: VirtualStore) {
  return {
    splits: events.filter(({ type }) => type === 'split').length,
    merges: events.filter(({ type }) => type === 'merge').length,
    movedBytes: events.reduce((sum, { movedBytes }) => sum + movedBytes, 0),
    leastBytes: events.reduce((sum, { movedBytes, keptBytes }) => sum + Math.min(movedBytes, keptBytes), 0),
  };
}

export async function replay(file: string, settings: ReplaySettings): Promise<ReplayResult> {
  const { fromMs, toMs } = spanOf(file);
  const spanMs = toMs - fromMs;
  const store = await openFor(file, spanMs, settings);
  const windows = new CountingWindows(store, settings, spanMs);
  await play(file, settings.scale, fromMs, store, windows);
  const result: ReplayResult = {
    load: basename(file).replace(/\.csv(\.gz)?$/, ''),
    accesses: windows.accesses,
    hours: spanMs / hour,
    ...windows.ratios(),
    shardsAtEnd: store.shards().length,
    ...changesIn(store),
    undone: undoneSplits(store),
  };
  await store.close();
  return result;
}

/** Splits whose boundary a merge has taken away within ten minutes. */
export function undoneSplits({ events }: Pick<VirtualStore, 'events'>): number {
  const within = 600_000;
  const undoes = (merge: ShardEvent, split: ShardEvent) =>
    merge.type === 'merge' && merge.at === split.at && merge.ms >= split.ms && merge.ms - split.ms < within;
  return events.filter((split) => split.type === 'split' && events.some((merge) => undoes(merge, split))).length;
}
