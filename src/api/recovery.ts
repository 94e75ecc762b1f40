// The recovery of a store with what it knows of past ones, and of the next.
import { foreshardError } from '../errors/index.js';
import type { ProfileTold } from '../predictor/host/index.js';
import { Recovery, type Driver, type Key } from '../store/index.js';
import type { Predictors } from './predictors.js';

/**
 * What the next recovery would bring back first, and why; and what the last ones were like.
 *
 * `order`: how many keys of each kind it has. Known ones come first (expect()), then those that past restarts asked for first, as
 * far as they were right more often than predictions, then the predicted ones. `first`: its first keys, by the upper 52 bits of
 * their hashes. `asked`: of the keys that were asked about, who put them where. `recoveries`: the last 32, this one the last, each
 * with what was restored, in which order, and how many of its first 10,000 reads that covered. `score`: the mean of that share,
 * later ones counting more.
 */
export type RecoveryProfile = ProfileTold;

const expectedMax = 65_536;

/** The recovery of a store, and its profile. */
export class ProfiledRecovery extends Recovery {
  readonly #driver: Driver;
  readonly #predictors: Predictors;

  /** @internal */
  constructor(driver: Driver, predictors: Predictors) {
    super(driver);
    this.#driver = driver;
    this.#predictors = predictors;
  }

  /**
   * What the next recovery would bring back first, as of the last prediction; and of `keys`, who put them where. Rejects with
   * FORESHARD_UNSUPPORTED if nothing is predicted (option `predictors`), with FORESHARD_ABORTED if the thread that knows it ends.
   * @example
   * const { order, asked: [cart] } = await store.recovery.profile(['cart:42']);
   * console.log(order.by, cart?.source, cart?.place);
   */
  async profile(keys: readonly Key[] = []): Promise<RecoveryProfile> {
    this.#driver.checkOpen();
    return this.#predictors.predictions.profile(this.#hashes('keys', keys));
  }

  /**
   * Tells which keys work is under way for that was accepted and is not done, at most 65,536: should the process fail, they are
   * wanted before all others. Replaces what was told before; an empty list takes it back.
   * @example
   * store.recovery.expect(jobs.map(({ key }) => key));
   */
  expect(keys: readonly Key[]): void {
    this.#driver.checkOpen();
    this.#predictors.predictions.expect(Float64Array.from(this.#hashes('keys', keys)));
  }

  #hashes(argument: string, keys: readonly Key[]): number[] {
    if (!Array.isArray(keys) || keys.length > expectedMax)
      throw foreshardError('bad_argument', `${argument} must be a list of at most ${expectedMax} keys`, { argument });
    return keys.map((key: Key) => {
      const hash = this.#driver.native.hashOf(key);
      if (hash < 0) throw this.#driver.refused(hash, { key });
      return hash;
    });
  }
}
