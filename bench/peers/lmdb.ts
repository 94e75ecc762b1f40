// lmdb: a memory-mapped B+ tree. A put is durable when `flushed` resolves; the promise of the put itself comes before.
import { join } from 'node:path';
import { moduleOf, versionOf } from './installed.js';
import type { Peer, PeerStore } from './peer.js';

interface Database {
  put(key: string, value: Buffer): Promise<boolean>;
  putSync(key: string, value: Buffer): void;
  getBinary(key: string): Buffer | undefined;
  getBinaryFast(key: string): Buffer | undefined;
  getMany(keys: readonly string[]): Promise<(Buffer | undefined)[]>;
  readonly flushed: Promise<boolean>;
  close(): Promise<void>;
}
interface Module {
  open(options: { path: string; encoding: 'binary'; mapSize: number; noReadAhead: boolean }): Database;
}

const mapBytes = 64 * 2 ** 30;

async function open(directory: string, noReadAhead: boolean): Promise<PeerStore> {
  const path = join(directory, 'data.mdb');
  const database = moduleOf<Module>('lmdb').open({ path, encoding: 'binary', mapSize: mapBytes, noReadAhead });
  return {
    async put(key, value) {
      await database.put(key, value);
      await database.flushed;
    },
    putSync: (key, value) => database.putSync(key, value),
    async batch(records) {
      let last: Promise<boolean> | undefined;
      for (const { key, value } of records) last = database.put(key, value);
      await last;
      await database.flushed;
    },
    get: (key) => database.getBinary(key),
    getView: (key) => database.getBinaryFast(key),
    getMany: (keys) => database.getMany(keys),
    close: () => database.close(),
  };
}

export const lmdb: Peer = {
  name: 'lmdb',
  use: 'binary values; put() and .flushed',
  version: () => versionOf('lmdb'),
  open: (directory) => open(directory, false),
};

/** The system's read-ahead (8 MiB on some machines) helps a store that maps its file; not everybody has it. */
export const lmdbWithoutReadAhead: Peer = {
  ...lmdb,
  name: 'lmdb-no-read-ahead',
  use: `${lmdb.use}; noReadAhead: true`,
  onlyRecovers: true,
  open: (directory) => open(directory, true),
};
