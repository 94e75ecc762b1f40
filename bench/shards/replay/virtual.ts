// A real store whose heat is told the time: a load of hours is played in seconds, and shards are split and merged as they would be.
import { optionTable } from '../../../src/errors/index.js';
import { NativeHeat, ringUnits, type ShardFacts } from '../../../src/heat/index.js';
import { Partitioner, partitionPolicy, type PartitionOptions } from '../../../src/partition/index.js';
import { checkOptions, Driver, KeyValueStore } from '../../../src/store/index.js';

/** A split or merge, in virtual milliseconds. */
export interface ShardEvent {
  readonly type: 'split' | 'merge';
  readonly ms: number;
  readonly at: number;
  readonly movedBytes: number;
  readonly keptBytes: number;
  readonly pauseUs: number;
}

const value = Buffer.alloc(100);
const flushEvery = 20_000;
const { default: defaultInterval } = optionTable.partitionInterval;

export class VirtualStore {
  nowMs = 0;
  readonly events: ShardEvent[] = [];
  readonly #positions = new Map<string, number>();
  readonly #interval: number;
  #unflushed = 0;

  private constructor(
    readonly driver: Driver,
    readonly store: KeyValueStore<Buffer>,
    readonly heat: NativeHeat,
    readonly partitioner: Partitioner,
  ) {
    this.#interval = partitioner.policy.interval;
    for (const type of ['split', 'merge'] as const)
      store.on(type, ({ at, movedBytes, keptBytes, pauseUs }) =>
        this.events.push({ type, ms: this.nowMs, at, movedBytes, keptBytes, pauseUs }),
      );
  }

  static async open(
    directory: string,
    { shards, halfLives, partition }: { shards: number; halfLives: readonly number[]; partition: PartitionOptions },
  ): Promise<VirtualStore> {
    const options = checkOptions<Buffer>(directory, { shards, heatHalfLives: halfLives, durability: 'interval' });
    const driver = new Driver({ ...options.native, manualHeatTime: true });
    const store = new KeyValueStore<Buffer>(driver, options);
    await driver.opened;
    driver.tellEvents();
    let self: VirtualStore;
    const heat = new NativeHeat(driver.native, halfLives, () => self.nowMs);
    const changes = {
      split: (at: number) => driver.request((ticket) => driver.native.splitShard(at, ticket)),
      merge: (at: number) => driver.request((ticket) => driver.native.mergeShard(at, ticket)),
    };
    const partitioner = new Partitioner(heat, changes, partitionPolicy(partition), () => self.nowMs);
    self = new VirtualStore(driver, store, heat, partitioner);
    return self;
  }

  /** A read of a key that was written before is one; anything else is a write. Answers where the key lies, in units of the ring. */
  async access(key: string, write: boolean): Promise<number> {
    const known = this.#positions.get(key);
    if (known !== undefined && !write) {
      this.store.getSync(key);
      return known;
    }
    this.store.put(key, value).catch((error: unknown) => {
      throw error;
    });
    if (++this.#unflushed >= flushEvery) {
      this.#unflushed = 0;
      await this.store.flush();
    }
    const position = known ?? this.driver.native.positionOf(key);
    this.#positions.set(key, position);
    return position;
  }

  /** Time goes on to there, and the partitioner looks as often as it would; after a longer silence only as often as tells. */
  async passTo(ms: number, longestSteps = 600): Promise<void> {
    const step = Math.max(this.#interval, (ms - this.nowMs) / longestSteps);
    while (this.nowMs < ms) {
      const by = Math.max(1, Math.round(Math.min(step, ms - this.nowMs)));
      this.nowMs += by;
      this.driver.native.passHeatTime(by);
      await this.partitioner.look();
    }
  }

  shards(): ShardFacts[] {
    return this.heat.shards();
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}

/** The busiest of some slices over their mean, and what no cut of the ring comes below: the part of the hottest key. */
export function imbalance(
  accesses: ReadonlyMap<number, number>,
  starts: readonly number[],
): { busiest: number; floor: number } {
  const counts = starts.map(() => 0);
  let total = 0;
  let hottest = 0;
  for (const [position, count] of accesses) {
    counts[placeOf(position, starts)]! += count;
    total += count;
    hottest = Math.max(hottest, count);
  }
  const mean = total / starts.length;
  return { busiest: Math.max(...counts) / mean, floor: Math.max(1, hottest / mean) };
}

function placeOf(position: number, starts: readonly number[]): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= position) low = middle;
    else high = middle;
  }
  return low;
}

export const equalStarts = (shards: number): number[] =>
  Array.from({ length: shards }, (_, shard) => (shard * ringUnits) / shards);

export { defaultInterval };
