// The shards of a store as the application sees them.
import { foreshardError } from '../errors/index.js';
import { NativeHeat, ringUnits, type ShardFacts } from '../heat/index.js';
import type { Driver, Key } from '../store/index.js';
import type { PartitionPolicy } from './options.js';
import { Partitioner, type Decided } from './partitioner.js';
import type { Decision, Verdict } from './decide.js';

/** A shard. Positions are parts of the ring, 0 to 1. */
export interface ShardInfo {
  /** Never given twice in the life of a store. */
  readonly id: number;
  /** Grows with each change of the slice. */
  readonly epoch: number;
  readonly from: number;
  /** The slice ends before it. */
  readonly to: number;
}

/** What is done, or not, about a shard, and why. */
export interface ShardVerdict {
  readonly verdict: Verdict;
  /** Its id; of a merge, that of the upper shard of the two. */
  readonly shard: number;
  /** Where a shard begins, or no longer does, as a part of the ring. */
  readonly at?: number;
  /** In words, with the figures. */
  readonly reason: string;
  /** Of 'unsplittable': the key that carries the shard, where it is known. */
  readonly key?: Buffer;
}

/** A verdict of the past. */
export interface PastVerdict extends ShardVerdict {
  /** Unix milliseconds. */
  readonly time: number;
  /** Whether it was carried out: not in a dry run, nor if the store refused. */
  readonly done: boolean;
  readonly error?: Error;
}

const verdictOf = ({ verdict, shard, at, reason, key }: Decision): ShardVerdict => ({
  verdict,
  shard,
  reason,
  ...(at !== undefined && { at: at / ringUnits }),
  ...(key !== undefined && { key }),
});

const pastOf = (decided: Decided): PastVerdict => ({
  ...verdictOf(decided),
  time: decided.timeMs,
  done: decided.done,
  ...(decided.error && { error: decided.error }),
});

/** Goes on evenly when the clock of the machine is set. */
const unixMs = () => performance.timeOrigin + performance.now();

/** The shards of a store: what they are, changes of them, and why they are made. */
export class Shards {
  readonly #driver: Driver;
  readonly #heat: NativeHeat;
  readonly #partitioner: Partitioner;
  #timer: NodeJS.Timeout | undefined;

  /** @internal */
  constructor(driver: Driver, heat: NativeHeat, policy: PartitionPolicy) {
    this.#driver = driver;
    this.#heat = heat;
    const changes = { split: (at: number) => this.#split(at), merge: (at: number) => this.#merge(at) };
    this.#partitioner = new Partitioner(heat, changes, policy, unixMs, (decided) => this.#tell(decided));
  }

  /** @internal Looks at the load from now on, without keeping the process alive. */
  start(): void {
    this.#timer = setInterval(() => void this.#partitioner.look(), this.#partitioner.policy.interval).unref();
  }
  /** @internal */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** All of them, along the ring. */
  list(): ShardInfo[] {
    this.#driver.checkOpen();
    return this.#heat.shards().map(({ id, epoch, from, to }) => ({ id, epoch, from: from / ringUnits, to: to / ringUnits }));
  }

  /** The id of the shard that a key belongs to, whether the key is there or not. */
  of(key: Key): number {
    this.#driver.checkOpen();
    const position = this.#driver.native.positionOf(key);
    if (position < 0) throw this.#driver.refused(position, { key });
    return this.#heat.shards().find(({ to }) => position < to)!.id;
  }

  /**
   * Splits a shard, where its load is halved best, or at a part of the ring: a multiple of 1/65536, or where a page of the index
   * begins. Resolves when the new shards hold; reads and writes go on meanwhile. The automatic partitioning may merge them
   * again when they have been cold for long.
   * @example
   * await store.shards.split(0);
   * await store.shards.split(0, { at: 0.125 });
   */
  async split(id: number, { at }: { at?: number } = {}): Promise<void> {
    this.#driver.checkOpen();
    const shard = this.#find(id);
    if (at === undefined) {
      const best = this.#partitioner.cutOf(id);
      if (best === undefined) throw foreshardError('bad_argument', `shard ${id} is too small to be cut`, { shard: id });
      return this.#split(best);
    }
    const cut = typeof at === 'number' ? at * ringUnits : NaN;
    if (!Number.isInteger(cut) || cut <= shard.from || cut >= shard.to)
      throw foreshardError('bad_argument', `at: ${String(at)} is no place where shard ${id} can be cut`, { shard: id });
    return this.#split(cut);
  }

  /** Makes one shard of this one and its lower neighbour on the ring. The one with more bytes keeps its id. */
  async merge(id: number): Promise<void> {
    this.#driver.checkOpen();
    return this.#merge(this.#find(id).from);
  }

  /** What the automatic partitioning would do now. */
  plan(): ShardVerdict[] {
    this.#driver.checkOpen();
    return this.#partitioner.plan().map(verdictOf);
  }

  /** The verdict on every shard now, and those of the past that were more than to leave it alone: up to 256, the latest last. */
  why(): { now: ShardVerdict[]; past: PastVerdict[] } {
    this.#driver.checkOpen();
    const { now, past } = this.#partitioner.why();
    return { now: now.map(verdictOf), past: past.map(pastOf) };
  }

  #find(id: number): ShardFacts {
    const shard = this.#heat.shards().find((one) => one.id === id);
    if (shard === undefined) throw foreshardError('not_found', `there is no shard ${String(id)}`, { shard: id });
    return shard;
  }

  async #split(at: number): Promise<void> {
    await this.#driver.request((ticket) => this.#driver.native.splitShard(at, ticket));
  }
  async #merge(at: number): Promise<void> {
    await this.#driver.request((ticket) => this.#driver.native.mergeShard(at, ticket));
  }

  /** Splits and merges tell of themselves; here is what only the partitioner knows. */
  #tell(decided: Decided): void {
    if (decided.verdict !== 'unsplittable' && decided.done) return;
    this.#driver.emitter.emit('plan', { type: 'plan', ...pastOf(decided) });
  }
}
