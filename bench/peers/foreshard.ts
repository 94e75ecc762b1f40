// Foreshard itself: with its defaults beside others, and with parts of it switched off beside itself; durability 'commit'.
import { open as openStore, type OpenOptions } from '../../src/index.js';
import type { Peer, PeerSettings, PeerStore } from './peer.js';

type Options = Pick<
  OpenOptions,
  'checkpoints' | 'partition' | 'predictors' | 'trackHeat' | 'compactionGarbageShare' | 'commitSpin'
>;

async function open(directory: string, { cacheBytes, fastDirectory }: PeerSettings, options: Options): Promise<PeerStore> {
  const tiers = fastDirectory === undefined ? {} : { fast: fastDirectory };
  const store = await openStore(directory, { ...options, tiers, memoryLimit: cacheBytes });
  return {
    put: (key, value) => store.put(key, value),
    putSync: (key, value) => void store.putSync(key, value),
    batch: (records) => store.batch(records),
    prepare(records) {
      const prepared = store.prepare(records);
      return () => store.batch(prepared);
    },
    get: (key) => store.getSync(key),
    getView: (key) => store.viewSync(key),
    getLater: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    recovered: () => store.recovery.full,
    stats: () => store.stats(),
    close: () => store.close(),
  };
}

const variant = (name: string, use: string, options: Options): Peer => ({
  name,
  use,
  version: () => 'this tree',
  open: (directory, settings) => open(directory, settings, options),
});

export const foreshard = variant('foreshard', 'defaults', {});

/** For who waits for few puts at a time, and has a processor to spare. */
export const foreshardSpinning: Peer = {
  ...variant('foreshard-spin', 'commitSpin: 150, else defaults: the thread looks for the end of a commit before it sleeps', { commitSpin: 150 }),
  does: /^(put-1-|put-64-|ycsb-[abf]$)/,
};

/** Foreshard as it would be without one of its features. */
export const variants: readonly Peer[] = [
  foreshard,
  variant('no-checkpoints', 'checkpoints: false', { checkpoints: false }),
  variant('no-partition', 'partition: false', { partition: false }),
  variant('no-predictors', 'predictors: false', { predictors: false }),
  variant('predicting', 'predictors: { startAfter: 0 }: predicting begins with the first accesses', { predictors: { startAfter: 0 } }),
  variant('no-heat', 'trackHeat: false', { trackHeat: false }),
  variant('no-compaction', 'compactionGarbageShare: 0.95, the most that there is: nothing is worth compacting', {
    compactionGarbageShare: 0.95,
  }),
];
