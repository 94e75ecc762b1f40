// A JavaScript Map, which keeps nothing: what the harness itself permits.
import type { Peer, PeerStore } from './peer.js';

async function open(): Promise<PeerStore> {
  const records = new Map<string, Buffer>();
  /** Resolves a turn later, for all puts of the turn. */
  let turn: Promise<void> | undefined;
  const nextTurn = () =>
    (turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined;
        resolve();
      });
    }));
  return {
    put: async (key, value) => {
      records.set(key, value);
      await nextTurn();
    },
    putSync: (key, value) => void records.set(key, value),
    batch: async (all) => {
      for (const { key, value } of all) records.set(key, value);
      await nextTurn();
    },
    get: (key) => records.get(key),
    getMany: (keys) => keys.map((key) => records.get(key)),
    close: async () => records.clear(),
  };
}

export const map: Peer = { name: 'Map', use: 'a JavaScript Map in memory, not durable: the ceiling of the harness', version: () => process.version, volatile: true, open };
