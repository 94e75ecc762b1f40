// The end of a store: close(), a process that ends by itself, by process.exit(), with work under way.
import { collect, eachBackend, failsWith } from './support/stores.js';
import { start } from './support/programs.js';
import type { Store } from '../src/index.js';

const value = Buffer.from('value');

eachBackend('close() waits for the writes before it, and can be called again', async (t, { open }) => {
  const store = await open();
  const settled: number[] = [];
  const writes = Array.from({ length: 500 }, (_, i) => store.put(`k${i}`, value).then((seq) => settled.push(seq)));
  const conditional = store.put('conditional', value, { if: { absent: true } });
  const closing = store.close();
  t.is(store.close(), closing);
  await closing;
  t.is(settled.length, 500);
  t.true((await conditional) > 0);
  await Promise.all(writes);
  await store.close();
  t.is((await collect((await open()).keys())).length, 501);
});

const calls: Record<string, (store: Store) => unknown> = {
  get: (store) => store.get('key'),
  getSync: (store) => store.getSync('key'),
  getMany: (store) => store.getMany(['key']),
  getEntry: (store) => store.getEntry('key'),
  getEntrySync: (store) => store.getEntrySync('key'),
  has: (store) => store.has('key'),
  hasSync: (store) => store.hasSync('key'),
  put: (store) => store.put('key', value),
  'put with a condition': (store) => store.put('key', value, { if: { absent: true } }),
  putSync: (store) => store.putSync('key', value),
  del: (store) => store.del('key'),
  delSync: (store) => store.delSync('key'),
  batch: (store) => store.batch([{ type: 'del', key: 'key' }]),
  prepare: (store) => store.prepare([{ type: 'del', key: 'key' }]),
  update: (store) => store.update('key', () => value),
  increment: (store) => store.increment('key'),
  keys: (store) => store.keys(),
  changes: (store) => store.changes(),
  clear: (store) => store.clear(),
  flush: (store) => store.flush(),
  backup: (store) => store.backup('nowhere'),
  checkpoint: (store) => store.checkpoint(),
  compact: (store) => store.compact(),
  stats: (store) => store.stats(),
};

eachBackend('every call after close() is refused', async (t, { open }) => {
  const store = await open();
  await store.put('key', value);
  const closing = store.close();
  for (const [name, call] of Object.entries(calls))
    await failsWith(t, 'FORESHARD_CLOSED', () => call(store), `${name} while closing`);
  await closing;
  for (const [name, call] of Object.entries(calls))
    await failsWith(t, 'FORESHARD_CLOSED', () => call(store), `${name} after`);
  t.is(store.recovery.phase, 'closed');
});

eachBackend('a store closes itself at the end of its scope', async (t, { open }) => {
  const store = await open();
  const key = (Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose;
  await store[key]();
  await failsWith(t, 'FORESHARD_CLOSED', store.get('key'));
});

eachBackend('reads under way when the store is closed are answered', async (t, { open }) => {
  const first = await open();
  await first.batch(Array.from({ length: 300 }, (_, i) => ({ type: 'put', key: `k${i}`, value })));
  await first.close();
  const store = await open({ recovery: { use: 'log' } });
  const reads = Promise.allSettled(Array.from({ length: 300 }, (_, i) => store.get(`k${i}`)));
  await store.close();
  for (const read of await reads) {
    if (read.status === 'fulfilled') t.deepEqual(read.value, value);
    else t.is((read.reason as { code: string }).code, 'FORESHARD_CLOSED');
  }
});

eachBackend(
  'an idle open store does not keep the process alive, and is closed in order',
  async (t, { directory, io, open }) => {
    const ended = await start('program-hold', directory, 'idle', io).ended;
    t.deepEqual([ended.code, ended.output], [0, 'opened\n']);
    const store = await open();
    t.true(store.hasSync('idle'));
    t.true((store.recovery.report() as unknown as { clean: boolean }).clean);
  },
);

eachBackend(
  'a write under way keeps the process alive until it is acknowledged',
  async (t, { directory, io, open }) => {
    const ended = await start('program-hold', directory, 'pending', io).ended;
    t.deepEqual([ended.code, ended.output], [0, 'opened\nacknowledged\n']);
    t.true((await open()).hasSync('pending'));
  },
);

eachBackend(
  'process.exit() with writes under way ends at once and loses nothing acknowledged',
  async (t, { directory, io, open }) => {
    const ended = await start('program-hold', directory, 'exit', io).ended;
    t.deepEqual([ended.code, ended.signal, ended.output], [5, null, 'opened\n']);
    t.true((await open()).hasSync('before'));
  },
);
