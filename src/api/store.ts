// A store with all its features.
import { Heat, openHeatSocket, type HeatSocket } from '../heat/index.js';
import { partitionPolicy, Shards } from '../partition/index.js';
import { KeyValueStore, type CheckedOptions, type Driver, type StoreStats } from '../store/index.js';
import type { OpenOptions } from './open.js';
import { Predictors } from './predictors.js';
import { ProfiledRecovery } from './recovery.js';

/**
 * An open store. Made by open().
 *
 * Writes resolve to their sequence number, which grows with each write of the store. Methods whose name ends with Sync
 * block, if they have to, and throw; the others never block for I/O, and reject. A value is readable as soon as its
 * write was accepted, before it is durable; if it cannot be made durable, it is taken back before its promise rejects.
 */
export class Store<V = Buffer, K = string> extends KeyValueStore<V, K> {
  /** How far it has come back after open(), and what the next recovery will bring back first. */
  declare readonly recovery: ProfiledRecovery;
  /** Where its load is. */
  readonly heat: Heat<K>;
  /** Its shards, and why they are split and merged. */
  readonly shards: Shards;
  /** Who predicts what will be wanted first after a failure. */
  readonly predictors: Predictors;
  readonly #tracked: boolean;
  readonly #partitioned: boolean;
  readonly #shown: boolean;
  #socket: HeatSocket | undefined;
  #ended: Promise<void> | undefined;

  /** @internal */
  constructor(driver: Driver, checked: CheckedOptions<V>, options: OpenOptions<V>) {
    const predictors = new Predictors(driver, options);
    super(driver, checked, new ProfiledRecovery(driver, predictors));
    const { partition, heatHalfLives, trackHeat, heatSocket = false } = options;
    this.heat = new Heat(driver, this.decodeKey, heatHalfLives);
    this.shards = new Shards(driver, this.heat.source, partitionPolicy(partition === false ? {} : partition));
    this.predictors = predictors;
    this.#tracked = trackHeat !== false;
    this.#partitioned = this.#tracked && partition !== false;
    this.#shown = heatSocket;
  }

  /** @internal It is open. */
  async start(): Promise<void> {
    if (this.#tracked) this.heat.start();
    if (this.#partitioned) this.shards.start();
    this.predictors.start();
    if (this.#shown) this.#socket = await openHeatSocket(this.heat, this.directory);
  }

  override close(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    const recorded = this.heat.stop();
    this.shards.stop();
    // Its name is gone before the lock is: the next owner's socket has the same one.
    const unseen = this.#socket?.close();
    await Promise.all([super.close(), this.predictors.stop(), unseen, recorded]);
  }

  override stats(): StoreStats {
    return { ...super.stats(), predictors: this.predictors.stats() };
  }
}
