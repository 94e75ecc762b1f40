// Opening a store.
import { Driver } from './driver.js';
import type { Codec } from './encoding.js';
import { checkOptions, type OpenOptions } from './options.js';
import { Store } from './store.js';

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
  const checked = checkOptions<unknown>(directory, options);
  const driver = new Driver(checked.native);
  const store = new Store<unknown, unknown>(driver, checked);
  try {
    await driver.opened;
  } catch (error) {
    driver.release();
    throw error;
  }
  // What opening had to tell is told when the application has had time to listen.
  setImmediate(() => driver.tellEvents());
  return store;
}
