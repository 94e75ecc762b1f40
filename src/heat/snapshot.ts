// What the engine knows of its load at one moment: its shards, and its pages in the order of the ring, as rows of numbers.
import { heatLayout, hottestLayout, shardLayout } from '../errors/index.js';
import type { NativeStore } from '../native/index.js';

/** Positions are counted in these: 2^20 of them are the whole ring. */
export const ringUnits = 2 ** 20;

/** How many half-lives there are. */
export const windows = (heatLayout.width - heatLayout.reads0) / 3;

/** A shard as the manifest has it; positions in units of the ring. */
export interface ShardFacts {
  readonly id: number;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

export class HeatSnapshot {
  constructor(
    readonly rows: Float64Array,
    readonly pages: number,
    readonly shards: readonly ShardFacts[],
    /** Milliseconds that heat has been counted for. */
    readonly runningMs: number,
  ) {}

  #at(page: number, field: number): number {
    return this.rows[page * heatLayout.width + field]!;
  }

  from(page: number): number {
    return this.#at(page, heatLayout.from);
  }
  to(page: number): number {
    return page + 1 < this.pages ? this.from(page + 1) : ringUnits;
  }
  /** Its place in the list of shards. */
  shardOf(page: number): number {
    return this.#at(page, heatLayout.shard);
  }
  keys(page: number): number {
    return this.#at(page, heatLayout.keys);
  }
  bytes(page: number): number {
    return this.#at(page, heatLayout.bytes);
  }
  reads(page: number, window: number): number {
    return this.#at(page, heatLayout.reads0 + window);
  }
  writes(page: number, window: number): number {
    return this.#at(page, heatLayout.writes0 + window);
  }
  absentReads(page: number, window: number): number {
    return this.#at(page, heatLayout.absent0 + window);
  }
  /** Reads and writes a second. */
  rate(page: number, window: number): number {
    return this.reads(page, window) + this.writes(page, window);
  }
}

/** The key that has most of a slice's load, by a sample of the accesses. */
export interface Hottest {
  /** Sampled accesses of the slice. */
  readonly samples: number;
  /** The part of them that is the key's, 0 to 1. */
  readonly share: number;
  /** Where the key lies, in units of the ring. */
  readonly at: number;
  /** Unknown if its record is not in memory. */
  readonly key: Buffer | undefined;
}

/** Where snapshots come from: a store, or what stands for one. */
export interface HeatSource {
  readonly halfLives: readonly number[];
  snapshot(): HeatSnapshot;
  hottest(from: number, to: number, windowMs: number): Hottest;
  /** Where the accesses of a slice lie that were sampled in the last so many milliseconds, ascending. */
  samples(from: number, to: number, windowMs: number): Float64Array;
}

const samplesMax = 8192; // as many as the engine keeps

export class NativeHeat implements HeatSource {
  #rows = new Float64Array(64 * heatLayout.width);
  #shards = new Float64Array(64 * shardLayout.width);
  readonly #hottest = new Float64Array(hottestLayout.width);
  readonly #samples = new Float64Array(samplesMax);

  constructor(
    readonly native: NativeStore,
    readonly halfLives: readonly number[],
    readonly runningMs: () => number,
  ) {}

  /** The rows are good until the next snapshot. */
  snapshot(): HeatSnapshot {
    let pages = this.native.heat(this.#rows);
    if (pages * heatLayout.width > this.#rows.length) {
      this.#rows = new Float64Array(2 * pages * heatLayout.width);
      pages = this.native.heat(this.#rows);
    }
    return new HeatSnapshot(this.#rows, Math.max(pages, 0), this.shards(), this.runningMs());
  }

  shards(): ShardFacts[] {
    let count = this.native.shards(this.#shards);
    if (count * shardLayout.width > this.#shards.length) {
      this.#shards = new Float64Array(2 * count * shardLayout.width);
      count = this.native.shards(this.#shards);
    }
    const at = (shard: number, field: number) => this.#shards[shard * shardLayout.width + field]!;
    return Array.from({ length: Math.max(count, 0) }, (_, shard) => ({
      id: at(shard, shardLayout.id),
      epoch: at(shard, shardLayout.epoch),
      from: at(shard, shardLayout.from),
      to: shard + 1 < count ? at(shard + 1, shardLayout.from) : ringUnits,
    }));
  }

  samples(from: number, to: number, windowMs: number): Float64Array {
    return this.#samples.slice(0, Math.max(0, this.native.samples(from, to, windowMs, this.#samples))).toSorted();
  }

  hottest(from: number, to: number, windowMs: number): Hottest {
    const key = this.native.hottest(from, to, windowMs, this.#hottest);
    const samples = this.#hottest[hottestLayout.samples]!;
    return {
      samples,
      share: samples > 0 ? this.#hottest[hottestLayout.ofKey]! / samples : 0,
      at: this.#hottest[hottestLayout.at]!,
      key: Buffer.isBuffer(key) ? key : undefined,
    };
  }
}
