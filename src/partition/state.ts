// What the partitioner remembers from one look to the next: how long neighbours have been cold, and the budget of changes.
import type { PartitionPolicy } from './options.js';

/** Merges are further apart than this part of `coldFor`: load that goes away all at once causes no wave of them. */
const mergeGap = 1 / 60;

export class PartitionState {
  /** By the ids of two neighbours: for how long they have been cold, in milliseconds of load. */
  readonly #cold = new Map<string, number>();
  #tokens: number;
  #sinceMerge = Infinity;

  constructor(readonly policy: PartitionPolicy) {
    this.#tokens = policy.changesPerMinute / 2;
  }

  /** Time has passed. */
  pass(elapsedMs: number): void {
    this.#tokens = Math.min(this.policy.changesPerMinute / 2, this.#tokens + (elapsedMs * this.policy.changesPerMinute) / 60_000);
    this.#sinceMerge += elapsedMs;
  }

  affords(changes: number): boolean {
    return this.#tokens >= Math.min(changes, this.policy.changesPerMinute / 2);
  }
  noteSplit(): void {
    this.#tokens -= 1;
  }
  mayMerge(policy: PartitionPolicy): boolean {
    return this.affords(1) && this.#sinceMerge >= policy.coldFor * mergeGap;
  }
  noteMerge(): void {
    this.#tokens -= 1;
    this.#sinceMerge = 0;
  }

  /** Answers for how long they have been cold now. */
  noteCold(lower: number, upper: number, cold: boolean, elapsedMs: number): number {
    const pair = `${lower} ${upper}`;
    const coldMs = cold ? (this.#cold.get(pair) ?? 0) + elapsedMs : 0;
    this.#cold.set(pair, coldMs);
    return coldMs;
  }

  /** Keeps what is known of neighbours that still are. `ids`: of all shards, along the ring. */
  forgetOthers(ids: readonly number[]): void {
    const pairs = new Set(ids.slice(1).map((id, i) => `${ids[i]} ${id}`));
    for (const pair of Array.from(this.#cold.keys())) if (!pairs.has(pair)) this.#cold.delete(pair);
  }
}
