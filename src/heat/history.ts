// The load of the shards over time, for plots: bounded.
import type { StoreEvents } from '../observe/index.js';
import { ringUnits, type HeatSnapshot } from './snapshot.js';

/** The shards at one moment, in the order of the ring. */
export interface HeatMoment {
  /** Unix milliseconds. */
  readonly time: number;
  /** Ids of the shards. */
  readonly ids: readonly number[];
  /** Where each begins, as a part of the ring. */
  readonly from: readonly number[];
  /** Reads and writes a second of each, by the second half-life (a second, unless told otherwise). */
  readonly rates: readonly number[];
}

/** A split or merge. */
export interface HeatChange {
  readonly time: number;
  readonly type: 'split' | 'merge';
  /** Where a shard begins now, or no longer does, as a part of the ring. */
  readonly at: number;
}

export interface HeatHistory {
  /** One a second at most, only while there is load; the latest 900. */
  readonly moments: readonly HeatMoment[];
  /** The latest 1000. */
  readonly changes: readonly HeatChange[];
}

const momentsKept = 900;
const changesKept = 1000;
/** Which of the half-lives the rates over time are of. */
export const shownWindow = 1;

export class History {
  readonly #moments: HeatMoment[] = [];
  readonly #changes: HeatChange[] = [];
  #idle = false;

  /** Of silence only the first moment is kept. */
  note(snapshot: HeatSnapshot): void {
    const rates = snapshot.shards.map(() => 0);
    for (let page = 0; page < snapshot.pages; page++) rates[snapshot.shardOf(page)]! += snapshot.rate(page, shownWindow);
    const idle = rates.every((rate) => rate < 0.01);
    if (idle && this.#idle) return;
    this.#idle = idle;
    const from = snapshot.shards.map((shard) => shard.from / ringUnits);
    this.#moments.push({ time: Date.now(), ids: snapshot.shards.map(({ id }) => id), from, rates });
    if (this.#moments.length > momentsKept) this.#moments.shift();
  }

  noteChange({ type, at }: StoreEvents['split'] | StoreEvents['merge']): void {
    this.#changes.push({ time: Date.now(), type, at });
    if (this.#changes.length > changesKept) this.#changes.shift();
  }

  view(): HeatHistory {
    return { moments: this.#moments.slice(), changes: this.#changes.slice() };
  }
}
