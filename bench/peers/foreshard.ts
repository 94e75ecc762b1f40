// Foreshard itself, with its defaults; durability 'commit'.
import { open as openStore } from '../../src/index.js';
import type { Peer, PeerSettings, PeerStore } from './peer.js';

async function open(directory: string, { cacheBytes }: PeerSettings): Promise<PeerStore> {
  const store = await openStore(directory, { memoryLimit: cacheBytes });
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
    close: () => store.close(),
  };
}

export const foreshard: Peer = { name: 'foreshard', use: 'defaults', version: () => 'this tree', open };
