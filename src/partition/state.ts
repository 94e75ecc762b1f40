// What the partitioner remembers from one look to the next: how long neighbours have been cold, and the budget of changes.
import type { PartitionPolicy } from './options.js';

/** Merges of cold shards are further apart than this part of `coldFor`: load that goes away all at once causes no wave of them. */
const mergeGap = 1 / 4;

export class PartitionState {
  /** By the ids of two neighbours: for how long they have been cold, in milliseconds of load. */
  readonly #cold = new Map<string, number>();
  /** By the place of a cut: how old it is, in milliseconds, as long as it is to stay. */
  readonly #young = new Map<number, number>();
  #tokens: number;
  #sinceMerge = Infinity;

  /** What may come at once: at least the two changes that some decisions take. */
  get #most(): number {
    return Math.max(2, this.policy.changesPerMinute / 2);
  }

  constructor(readonly policy: PartitionPolicy) {
    this.#tokens = this.#most;
  }

  /** Time has passed. */
  pass(elapsedMs: number): void {
    this.#tokens = Math.min(this.#most, this.#tokens + (elapsedMs * this.policy.changesPerMinute) / 60_000);
    this.#sinceMerge += elapsedMs;
    for (const [at, ageMs] of this.#young) {
      if (ageMs + elapsedMs >= this.policy.keepCutsFor) this.#young.delete(at);
      else this.#young.set(at, ageMs + elapsedMs);
    }
  }

  affords(changes: number): boolean {
    return this.#tokens >= changes;
  }
  noteSplit(at: number): void {
    this.#tokens -= 1;
    if (this.policy.keepCutsFor > 0) this.#young.set(at, 0);
  }
  mayMerge(): boolean {
    return this.affords(1) && this.#sinceMerge >= this.policy.coldFor * mergeGap;
  }
  noteMerge(at: number): void {
    this.#tokens -= 1;
    this.#sinceMerge = 0;
    this.#young.delete(at);
  }
  /** Whether the cut there has been made so lately that it stays. */
  keepsCut(at: number): boolean {
    return this.#young.has(at);
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
