// What past restarts asked for first, as an order of keys for the next one.
import { KeyList } from './key-list.js';
import type { RecoveryEntry } from './recovery-entry.js';

/** A restart weighs this part of the one after it. */
const restartWeight = 0.7;
/** A key that came in less than this share of the restarts, by their weights, is forgotten. */
const shareLeast = 0.05;
/** What the last place of a restart is worth of the first. Places never outweigh that a key came twice as surely. */
const lastPlace = 0.5;

/** The share of the restarts in which a key came, and the same with its places counted; by its place in `keys`. */
interface Evidence {
  readonly keys: Float64Array;
  readonly shares: Float64Array;
  readonly worths: Float64Array;
}

/** `restarts`: the latest first. */
function gather(restarts: readonly Float64Array[]): Evidence {
  const keys = new KeyList(restarts.reduce((sum, { length }) => sum + length, 0));
  const shares = new Float64Array(keys.capacity);
  const worths = new Float64Array(keys.capacity);
  const all = restarts.reduce((sum, _, age) => sum + restartWeight ** age, 0);
  for (const [age, touches] of restarts.entries()) {
    const share = restartWeight ** age / all;
    for (const [place, key] of touches.entries()) {
      const at = keys.add(key);
      shares[at]! += share;
      worths[at]! += share * (1 - (1 - lastPlace) * (place / touches.length));
    }
  }
  return { keys: keys.toArray(), shares, worths };
}

/**
 * Keys in the order in which the next restart is expected to ask for them, at most `limit`. `entries`: recoveries in the order of
 * time; those without touches are passed over. A key counts by the share of restarts in which it came, later ones weighing more,
 * and half as much at the end of a restart as at its beginning. The same entries give the same order.
 */
export function rememberedOrder(entries: readonly Pick<RecoveryEntry, 'touches'>[], limit: number): Float64Array {
  const restarts = entries.map(({ touches }) => touches).filter(({ length }) => length > 0).toReversed();
  const { keys, shares, worths } = gather(restarts);
  const rows = Uint32Array.from(keys, (_, row) => row).filter((row) => shares[row]! >= shareLeast);
  const order = rows.toSorted((a, b) => worths[b]! - worths[a]! || a - b);
  return Float64Array.from(order.subarray(0, limit), (row) => keys[row]!);
}
