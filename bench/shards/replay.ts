// A recorded load, played at its own pace in virtual time, by shards that stay as they are and by shards that follow it.
import { basename, join } from 'node:path';
import { linesOf } from '../demo/records.js';
import { equalStarts, imbalance, VirtualStore } from './virtual.js';

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

interface Access {
  readonly ms: number;
  readonly key: string;
  readonly write: boolean;
}

function* traceAccesses(file: string): Generator<Access> {
  for (const line of linesOf(file).slice(1)) {
    const [ms, key, op] = line.split(',', 3);
    yield { ms: Number(ms), key: key!, write: op === 'w' };
  }
}

/** A column is a client, a row what each asked for in a second, on average until the next row. */
function* tableAccesses(file: string, scale: number): Generator<Access> {
  const [first, ...rows] = linesOf(file);
  const clients = first!.split(',').slice(1);
  const numbers = rows.map((row) => row.split(',').map(Number));
  const stepMs = (numbers[1]![0]! - numbers[0]![0]!) * 1000;
  const due = clients.map(() => 0.5);
  const slices = 60; // of a row: all clients have their turn in each
  for (const [seconds, ...rates] of numbers)
    for (let slice = 0; slice < slices; slice++)
      for (const [client, rate] of rates.entries()) {
        due[client]! += (rate * stepMs) / 1000 / scale / slices;
        for (; due[client]! >= 1; due[client]! -= 1)
          yield { ms: seconds! * 1000 + (slice * stepMs) / slices, key: clients[client]!, write: false };
      }
}

const isTable = (file: string) => /all_clients/.test(basename(file));
const hour = 3_600_000;
const day = 24 * hour;

/** Half-lives as an operator of a load of that length would set them. */
const halfLivesOf = (spanMs: number) =>
  spanMs > 3 * day ? (spanMs > 60 * day ? [hour, 6 * hour, day, 7 * day] : [60_000, 600_000, hour, 6 * hour]) : [200, 1000, 60_000, hour];

function spanOf(file: string): { fromMs: number; toMs: number } {
  const lines = linesOf(file);
  const at = (line: string) => Number(line.split(',', 1)[0]) * (isTable(file) ? 1000 : 1);
  return { fromMs: at(lines[1]!), toMs: at(lines.findLast((line) => line !== '')!) };
}

export async function replay(file: string, settings: ReplaySettings): Promise<ReplayResult> {
  const { fromMs, toMs } = spanOf(file);
  const spanMs = toMs - fromMs;
  const halfLives = halfLivesOf(spanMs);
  const interval = Math.min(60_000, Math.max(250, halfLives[0]!));
  const partition = {
    capacity: { share: 1 / settings.shards },
    hot: 1.05,
    near: 0.9,
    interval,
    maxShards: settings.shards,
  };
  const store = await VirtualStore.open(join(settings.directory, `${basename(file)}.store`), { shards: settings.shards, halfLives, partition });
  const windowMs = spanMs / settings.windows;
  const sums = { accesses: 0, fixed: 0, dynamic: 0, floor: 0 };
  let counts = new Map<number, number>();
  let starts = store.shards().map(({ from }) => from);
  const endWindow = () => {
    const accesses = [...counts.values()].reduce((a, b) => a + b, 0);
    if (accesses > 0) {
      const dynamic = imbalance(counts, starts);
      sums.accesses += accesses;
      sums.fixed += accesses * imbalance(counts, equalStarts(settings.shards)).busiest;
      sums.dynamic += accesses * dynamic.busiest;
      sums.floor += accesses * dynamic.floor;
    }
    counts = new Map();
    starts = store.shards().map(({ from }) => from); // those at the beginning of the next window stand for all of it
  };
  let window = 0;
  let lookMs = 0;
  for (const { ms, key, write } of isTable(file) ? tableAccesses(file, settings.scale) : traceAccesses(file)) {
    const now = ms - fromMs;
    if (now - lookMs >= interval) {
      await store.passTo(now);
      lookMs = now;
    }
    if (now >= (window + 1) * windowMs && window < settings.windows - 1) {
      endWindow();
      window = Math.floor(now / windowMs);
    }
    const position = await store.access(key, write);
    counts.set(position, (counts.get(position) ?? 0) + 1);
  }
  endWindow();
  const result: ReplayResult = {
    load: basename(file).replace(/\.csv(\.gz)?$/, ''),
    accesses: sums.accesses,
    hours: spanMs / hour,
    staticRatio: sums.fixed / sums.accesses,
    dynamicRatio: sums.dynamic / sums.accesses,
    dynamicFloor: sums.floor / sums.accesses,
    shardsAtEnd: store.shards().length,
    splits: store.events.filter(({ type }) => type === 'split').length,
    merges: store.events.filter(({ type }) => type === 'merge').length,
    movedBytes: store.events.reduce((sum, { movedBytes }) => sum + movedBytes, 0),
    leastBytes: store.events.reduce((sum, { movedBytes, keptBytes }) => sum + Math.min(movedBytes, keptBytes), 0),
    undone: undoneSplits(store),
  };
  await store.close();
  return result;
}

/** Splits whose boundary a merge has taken away within ten minutes. */
export function undoneSplits({ events }: Pick<VirtualStore, 'events'>): number {
  const within = 600_000;
  return events.filter(
    (split) =>
      split.type === 'split' &&
      events.some((merge) => merge.type === 'merge' && merge.at === split.at && merge.ms >= split.ms && merge.ms - split.ms < within),
  ).length;
}
