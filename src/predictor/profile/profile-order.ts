// The order in which a recovery is to bring keys back, made of three lists, and who put each key there.
import { KeyList } from './key-list.js';

export const profileSources = ['known', 'remembered', 'predicted'] as const;
export type ProfileSource = (typeof profileSources)[number];

/** Keys by what is known of them, each list the most wanted first; a key may be in several. */
export type ProfileLists = Readonly<Record<ProfileSource, Float64Array>>;

export interface ProfileOptions {
  /** Of the limit, what remembered keys may take where predicted ones want the rest, 0 to 1. Default: 0.25. */
  rememberedShare?: number;
}

/** Keys in an order, the most wanted first. */
export interface ProfileOrder {
  readonly order: Float64Array;
  /** Of the keys in the order. */
  readonly counts: Readonly<Record<ProfileSource, number>>;
  /** Who put a key where in the order, counted from 0; undefined: it is not there. */
  sourceOf(key: number): { readonly source: ProfileSource; readonly place: number } | undefined;
}

/** Adds remembered keys: up to their share, and as many more as push no predicted key out. */
function addRemembered(order: KeyList, remembered: Float64Array, predicted: KeyList, shareKeys: number): void {
  const begin = order.size;
  const spare = order.capacity - begin - predicted.size;
  let unpredicted = 0;
  for (const key of remembered) {
    if (order.full) return;
    if (order.has(key)) continue;
    const added = unpredicted + Number(!predicted.has(key));
    if (order.size - begin >= shareKeys && (spare <= 0 || added > spare)) return;
    order.add(key);
    unpredicted = added;
  }
}

/**
 * Known keys first, then remembered, then predicted ones; no key twice, at most `limit`. Remembered keys are fewer lessons than
 * predictions are made of, so they take at most their share unless predictions leave more room.
 */
export function composeProfile(lists: ProfileLists, limit: number, { rememberedShare = 0.25 }: ProfileOptions = {}): ProfileOrder {
  const sizes = profileSources.map((source) => lists[source].length);
  const order = new KeyList(Math.min(limit, sizes.reduce((sum, size) => sum + size, 0)));
  for (const key of lists.known) order.add(key);
  const known = order.size;
  const predicted = new KeyList(Math.min(limit, lists.predicted.length));
  for (const key of lists.predicted) if (!order.has(key)) predicted.add(key);
  addRemembered(order, lists.remembered, predicted, Math.floor(limit * rememberedShare));
  const remembered = order.size - known;
  for (const key of predicted.toArray()) order.add(key);
  const ends = [known, known + remembered, order.size];
  return {
    order: order.toArray(),
    counts: { known, remembered, predicted: order.size - known - remembered },
    sourceOf(key) {
      const place = order.placeOf(key);
      return place < 0 ? undefined : { source: profileSources[ends.findIndex((end) => place < end)]!, place };
    },
  };
}
