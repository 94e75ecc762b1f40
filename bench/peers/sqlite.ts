// better-sqlite3: SQLite in WAL mode, synchronous=FULL. Puts of one turn of the event loop share a transaction.
import { join } from 'node:path';
import { moduleOf, versionOf } from './installed.js';
import type { Peer, PeerRecord, PeerSettings, PeerStore } from './peer.js';
import { TurnWriter } from './turn_writer.js';

interface Statement {
  run(...values: unknown[]): unknown;
  get(key: string): { value: Buffer } | undefined;
}
interface Database {
  pragma(text: string): unknown;
  exec(text: string): unknown;
  prepare(text: string): Statement;
  transaction(work: (records: readonly PeerRecord[]) => void): (records: readonly PeerRecord[]) => void;
  close(): void;
}
type Module = new (path: string) => Database;

async function open(directory: string, { cacheBytes }: PeerSettings): Promise<PeerStore> {
  const Sqlite = moduleOf<Module>('better-sqlite3');
  const database = new Sqlite(join(directory, 'data.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma(`cache_size = -${Math.floor(cacheBytes / 1024)}`);
  database.exec('CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID');
  const replace = database.prepare('INSERT OR REPLACE INTO records VALUES (?, ?)');
  const select = database.prepare('SELECT value FROM records WHERE key = ?');
  const write = database.transaction((records) => {
    for (const { key, value } of records) replace.run(key, value);
  });
  const writer = new TurnWriter(write);
  const get = (key: string) => select.get(key)?.value;
  return {
    put: (key, value) => writer.put({ type: 'put', key, value }),
    putSync: (key, value) => void replace.run(key, value),
    batch: async (records) => write(records),
    get,
    getMany: (keys) => keys.map(get),
    close: async () => database.close(),
  };
}

export const sqlite: Peer = {
  name: 'better-sqlite3',
  use: 'WAL, synchronous=FULL, WITHOUT ROWID; puts of one turn of the event loop in one transaction',
  version: () => versionOf('better-sqlite3'),
  open,
};
