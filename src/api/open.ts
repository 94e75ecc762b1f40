// Opening a store.
import { badOption, booleanOption } from '../errors/index.js';
import { partitionPolicy, type PartitionOptions } from '../partition/index.js';
import type { PredictorOptions } from '../predictor/host/index.js';
import { checkOptions, Driver, type Codec, type StoreOptions } from '../store/index.js';
import { checkPredictors } from './predictors.js';
import { Store } from './store.js';

export interface OpenOptions<V = unknown> extends StoreOptions<V> {
  /**
   * When shards are split and merged under the load; false: only by `store.shards.split()` and `merge()`. Needs `trackHeat`.
   * Default: on, with the defaults of PartitionOptions.
   * @example { capacity: { share: 1 / 16 }, maxShards: 128 }
   */
  partition?: PartitionOptions | false;
  /**
   * Who predicts which keys will be wanted first after a failure; false: nobody, and fast-restore checkpoints go by heat alone.
   * Needs `trackHeat`, `checkpoints` and a fast-restore budget. Default: on, with the defaults of PredictorOptions.
   * @example { access: './predictors/night-shift.js', challengers: ['ensemble'] }
   */
  predictors?: PredictorOptions | false;
  /**
   * Show the heat to other processes of the same user: on a socket named heat.sock in the directory, for `foreshard heat`.
   * Needs `trackHeat`. If the socket cannot be made, open() rejects. Default: false.
   */
  heatSocket?: boolean;
}

type Keys<Encoding extends 'utf8' | 'buffer'> = Encoding extends 'buffer' ? Buffer : string;
type With<Value, Encoding> = Omit<OpenOptions, 'valueEncoding' | 'keyEncoding'> & {
  valueEncoding: Value;
  keyEncoding?: Encoding;
};
type Without<Encoding> = Omit<OpenOptions, 'valueEncoding' | 'keyEncoding'> & {
  valueEncoding?: 'buffer';
  keyEncoding?: Encoding;
};

/**
 * Opens the store in a directory, and creates it if there is none. Resolves when any key can be read and written,
 * however large the store is; `store.recovery` tells when it is fast again. A store has one owner: a second one, in
 * this process or another, is refused with FORESHARD_LOCKED.
 *
 * Foreshard keeps keys by hash: there are no ordered range scans.
 *
 * @example
 * const store = await open('./data', { valueEncoding: 'json' });
 * await store.put('cart:42', { items: 3 });
 * await store.close();
 */
export function open<K extends 'utf8' | 'buffer' = 'utf8'>(
  directory: string,
  options?: Without<K>,
): Promise<Store<Buffer, Keys<K>>>;
export function open<K extends 'utf8' | 'buffer' = 'utf8'>(
  directory: string,
  options: With<'utf8', K>,
): Promise<Store<string, Keys<K>>>;
export function open<V = unknown, K extends 'utf8' | 'buffer' = 'utf8'>(
  directory: string,
  options: With<'json', K>,
): Promise<Store<V, Keys<K>>>;
export function open<V, K extends 'utf8' | 'buffer' = 'utf8'>(
  directory: string,
  options: With<Codec<V>, K>,
): Promise<Store<V, Keys<K>>>;
// The implementation serves all of them, so its types say nothing.
export async function open(directory: string, options: OpenOptions<any> = {}): Promise<Store<any, any>> {
  const { partition, predictors: _, heatSocket, ...ofStore } = checkedGroup(options);
  if (partition !== undefined && partition !== false) partitionPolicy(partition);
  if (heatSocket !== undefined) booleanOption('heatSocket', heatSocket);
  if (heatSocket && ofStore.trackHeat === false)
    throw badOption('heatSocket', heatSocket, 'false where trackHeat is, as there is no heat to show');
  const checked = checkOptions<unknown>(directory, ofStore);
  checkPredictors(options);
  const driver = new Driver(checked.native);
  const store = new Store<unknown, unknown>(driver, checked, options);
  try {
    await driver.opened;
  } catch (error) {
    driver.release();
    throw error;
  }
  await started(store);
  // What opening had to tell is told when the application has had time to listen.
  setImmediate(() => driver.tellEvents());
  return store;
}

/** A store that cannot start does not stay open. */
async function started(store: Store<unknown, unknown>): Promise<void> {
  try {
    await store.start();
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}

function checkedGroup(options: OpenOptions<any>): OpenOptions<any> {
  if (typeof options !== 'object' || options === null) throw badOption('options', options, 'an object');
  return options;
}
