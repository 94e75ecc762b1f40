// What is known of the heat of a store: the latest frame of it, and what has been before.
import { shownWindow, type HeatChange, type HeatFrame, type HeatHistory, type HeatMapView, type HotKey } from '../../heat/index.js';
import { cellsOf, loadsOf, rateOf, restingWindow, shardsOf } from './cells.js';

/** What drawings are made of. */
export interface ShownHeat {
  readonly directory: string;
  /** Of the process that has the store open; none at rest. */
  readonly pid?: number;
  readonly map: HeatMapView;
  /** The half-life that is shown, by its place. */
  readonly window: number;
  readonly hotKeys: readonly HotKey<string>[];
  /** Splits and merges, the latest last. */
  readonly changes: readonly HeatChange[];
}

/** The ring at one moment, in equal cells: bounded, however many slices there are. */
export interface Moment {
  readonly time: number;
  /** Reads and writes a second. */
  readonly cells: readonly number[];
  /** Where shards begin. */
  readonly starts: readonly number[];
}

export const momentCells = 128;
const momentsKept = 2400;
const changesKept = 1000;

function momentOfHistory({ time, from, rates }: HeatHistory['moments'][number]): Moment {
  const stretches = from.map((at, i) => ({ from: at, to: from[i + 1] ?? 1 }));
  return { time, cells: cellsOf(stretches, rates, momentCells), starts: from };
}

export function momentOf(map: HeatMapView, window: number): Moment {
  const loads = loadsOf(map, window);
  const starts = shardsOf(loads).map(({ from }) => from);
  return { time: map.time, cells: cellsOf(loads, loads.map(rateOf), momentCells), starts };
}

/** Gathers the frames of a live store. */
export class HeatRecord {
  #shown: ShownHeat | undefined;
  #moments: Moment[] = [];

  add(frame: HeatFrame): ShownHeat {
    if ('version' in frame) this.#moments = frame.history.moments.map(momentOfHistory);
    const told = 'version' in frame ? frame.history.changes : [...(this.#shown?.changes ?? []), ...frame.changes];
    const { map, hotKeys } = frame;
    const { directory, pid } = 'version' in frame ? frame : this.#shown!;
    this.#shown = { directory, pid: pid!, map, hotKeys, window: shownWindow, changes: told.slice(-changesKept) };
    this.#moments.push(momentOf(map, shownWindow));
    // Every second one goes: a long watch becomes coarser.
    if (this.#moments.length > momentsKept) this.#moments = this.#moments.filter((_, i) => i % 2 === 0);
    return this.#shown;
  }

  get shown(): ShownHeat | undefined {
    return this.#shown;
  }

  get moments(): readonly Moment[] {
    return this.#moments;
  }
}

/** Of a store that no process has open. */
export function restingHeat(directory: string, map: HeatMapView, hotKeys: readonly HotKey<string>[]): ShownHeat {
  return { directory, map, hotKeys, window: restingWindow(map), changes: [] };
}
