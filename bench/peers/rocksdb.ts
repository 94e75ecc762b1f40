// rocksdb: the abstract-leveldown binding of RocksDB, with callbacks.
import { promisify } from 'node:util';
import { moduleOf, versionOf } from './installed.js';
import type { Peer, PeerRecord, PeerSettings, PeerStore } from './peer.js';
import { TurnWriter } from './turn_writer.js';

type Done<Value = void> = (error: Error | null | undefined, value?: Value) => void;
interface Durable {
  readonly sync: true;
}
interface Database {
  open(options: { cacheSize: number; compression: boolean }, done: Done): void;
  batch(operations: readonly PeerRecord[], options: Durable, done: Done): void;
  get(key: string, done: Done<Buffer>): void;
  getMany(keys: readonly string[], done: Done<(Buffer | undefined)[]>): void;
  close(done: Done): void;
}
type Module = (directory: string) => Database;

const durable: Durable = { sync: true };

async function open(directory: string, { cacheBytes }: PeerSettings): Promise<PeerStore> {
  const database = moduleOf<Module>('rocksdb')(directory);
  await promisify(database.open.bind(database) as (options: object, done: Done) => void)({ cacheSize: cacheBytes, compression: false });
  const outcome = <Value>(start: (done: Done<Value>) => void) =>
    new Promise<Value>((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as Value))));
  const batch = (records: readonly PeerRecord[]) =>
    outcome<void>((done) => database.batch(records, durable, done));
  const writer = new TurnWriter(batch);
  return {
    put: (key, value) => writer.put({ type: 'put', key, value }),
    batch,
    get: (key) => outcome<Buffer>((done) => database.get(key, done)),
    getMany: (keys) => outcome<(Buffer | undefined)[]>((done) => database.getMany(keys, done)),
    close: () => outcome<void>((done) => database.close(done)),
  };
}

export const rocksdb: Peer = {
  name: 'rocksdb',
  use: 'sync: true; puts of one turn of the event loop in one batch; get; getMany; no compression, as the values cannot be compressed',
  version: () => versionOf('rocksdb'),
  open,
};
