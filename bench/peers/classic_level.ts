// classic-level: LevelDB behind abstract-level.
import { moduleOf, versionOf } from './installed.js';
import type { Peer, PeerRecord, PeerSettings, PeerStore } from './peer.js';
import { TurnWriter } from './turn_writer.js';

interface Durable {
  readonly sync: true;
}
interface Database {
  open(options: { cacheSize: number; compression: boolean }): Promise<void>;
  batch(operations: readonly PeerRecord[], options: Durable): Promise<void>;
  get(key: string): Promise<Buffer | undefined>;
  getSync(key: string): Buffer | undefined;
  getMany(keys: readonly string[]): Promise<(Buffer | undefined)[]>;
  close(): Promise<void>;
}
interface Module {
  ClassicLevel: new (directory: string, options: { keyEncoding: 'utf8'; valueEncoding: 'buffer' }) => Database;
}

const durable: Durable = { sync: true };

async function open(directory: string, { cacheBytes }: PeerSettings): Promise<PeerStore> {
  const { ClassicLevel } = moduleOf<Module>('classic-level');
  const database = new ClassicLevel(directory, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
  await database.open({ cacheSize: cacheBytes, compression: false });
  const batch = (records: readonly PeerRecord[]) => database.batch(records, durable);
  const writer = new TurnWriter(batch);
  return {
    put: (key, value) => writer.put({ type: 'put', key, value }),
    batch,
    get: (key) => database.getSync(key),
    getMany: (keys) => database.getMany(keys),
    close: () => database.close(),
  };
}

export const classicLevel: Peer = {
  name: 'classic-level',
  use: 'sync: true; puts of one turn of the event loop in one batch; getSync; getMany; no compression, as the values cannot be compressed',
  version: () => versionOf('classic-level'),
  open,
};
