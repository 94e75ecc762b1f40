// Keys: what is one, what is not, and that each method says so.
import test from 'ava';
import type { Store } from '../src/index.js';
import { keyIdentity } from '../src/store/keys.js';
import { collect, eachBackend, failsWith } from './support/stores.js';

const badKeys: unknown[] = [
  '',
  new Uint8Array(0),
  'x'.repeat(4097),
  'ü'.repeat(2049),
  Buffer.alloc(4097),
  undefined,
  null,
  0,
  1n,
  true,
  {},
  [],
  ['key'],
  Symbol('key'),
  () => 'key',
  new Date(),
  new ArrayBuffer(8),
  new DataView(new ArrayBuffer(8)),
  new Uint16Array(4),
  new Float64Array(1),
  new Uint8ClampedArray(2),
  new String('key'),
];

const sharedKey = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
const goodKeys: (string | Uint8Array)[] = [
  'k',
  'x'.repeat(4096),
  'ü'.repeat(2048),
  '🜁'.repeat(1024),
  'zero\0inside',
  '\0',
  Buffer.from([1]),
  Buffer.alloc(4096, 3),
  new Uint8Array([255, 254]),
  new Uint8Array(new ArrayBuffer(16), 4, 5).fill(5),
  sharedKey,
];

const text = (value: unknown) =>
  value === undefined
    ? 'undefined'
    : typeof value === 'symbol'
      ? 'symbol'
      : JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v));

/** All methods that take a key. */
const uses: Record<string, (store: Store, key: never) => unknown> = {
  get: (store, key) => store.get(key),
  getSync: (store, key) => store.getSync(key),
  getMany: (store, key) => store.getMany(['fine', key]),
  getEntry: (store, key) => store.getEntry(key),
  getEntrySync: (store, key) => store.getEntrySync(key),
  has: (store, key) => store.has(key),
  hasSync: (store, key) => store.hasSync(key),
  put: (store, key) => store.put(key, Buffer.from('v')),
  'put with a condition': (store, key) => store.put(key, Buffer.from('v'), { if: { absent: true } }),
  putSync: (store, key) => store.putSync(key, Buffer.from('v')),
  del: (store, key) => store.del(key),
  'del with a condition': (store, key) => store.del(key, { if: { seq: 1 } }),
  delSync: (store, key) => store.delSync(key),
  'batch put': (store, key) =>
    store.batch([
      { type: 'put', key: 'fine', value: Buffer.from('v') },
      { type: 'put', key, value: Buffer.from('v') },
    ]),
  'batch del': (store, key) => store.batch([{ type: 'del', key }]),
  prepare: (store, key) => store.prepare([{ type: 'del', key }]),
  update: (store, key) => store.update(key, () => Buffer.from('v')),
  increment: (store, key) => store.increment(key),
};
/** Those that throw; the others reject, and never throw. */
const throwing = new Set(['getSync', 'getEntrySync', 'hasSync', 'putSync', 'delSync', 'prepare']);

eachBackend('a bad key is refused by every method and changes nothing', async (t, { open }) => {
  const store = await open();
  for (const [name, use] of Object.entries(uses)) {
    for (const key of badKeys) {
      const act = () => use(store, key as never);
      if (!throwing.has(name)) t.notThrows(() => (act() as Promise<unknown>).catch(() => {}), `${name} ${text(key)}`);
      await failsWith(t, 'FORESHARD_BAD_KEY', act, `${name} ${text(key)}`);
    }
  }
  t.deepEqual(await collect(store.keys()), []);
});

eachBackend('keys of all lengths and contents are taken', async (t, { open }) => {
  const store = await open<Buffer, Buffer>({ keyEncoding: 'buffer' });
  for (const [index, key] of goodKeys.entries()) await store.put(key, Buffer.from([index]));
  for (const [index, key] of goodKeys.entries()) t.is(store.getSync(key)![0], index, text(key));
  t.deepEqual(
    (await store.getMany(goodKeys)).map((value) => value![0]),
    goodKeys.map((_, index) => index),
  );
  t.deepEqual(
    (await collect(store.keys())).map((key) => key.toString('hex')).toSorted(),
    goodKeys.map((key) => Buffer.from(key as string).toString('hex')).toSorted(),
  );
});

eachBackend('a string and its UTF-8 bytes are the same key', async (t, { open }) => {
  const store = await open<string>({ valueEncoding: 'utf8' });
  for (const key of ['ascii', 'grüße', '日本']) {
    await store.put(key, key);
    t.is(store.getSync(Buffer.from(key)), key);
    await store.batch([{ type: 'put', key: Buffer.from(key), value: 'by bytes' }]);
    t.deepEqual(
      [store.getSync(key), await store.get(key), ...(await store.getMany([key]))],
      ['by bytes', 'by bytes', 'by bytes'],
    );
    await store.del(new Uint8Array(Buffer.from(key)));
    t.false(store.hasSync(key));
  }
});

eachBackend('a key whose memory was moved away is refused as empty', async (t, { open }) => {
  const store = await open();
  const key = new Uint8Array(8).fill(1);
  structuredClone(key.buffer, { transfer: [key.buffer] });
  await failsWith(t, 'FORESHARD_BAD_KEY', store.get(key));
});

test('keys are told apart for updates as the store tells them apart', (t) => {
  t.is(keyIdentity('grüße'), keyIdentity(Buffer.from('grüße')));
  const invalid = [
    Buffer.from([0xff]),
    Buffer.from([0xfe]),
    Buffer.from([0xc3]),
    Buffer.from('\ufffd'),
    Buffer.from('ÿ'),
  ];
  t.is(new Set(invalid.map(keyIdentity)).size, invalid.length);
});
