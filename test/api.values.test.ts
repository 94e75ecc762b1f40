// Values come back as they were written, in every encoding, by every way to read them.
import { deserialize, serialize } from 'node:v8';
import test, { type ExecutionContext } from 'ava';
import { open, type OpenOptions, type Store } from '../src/index.js';
import { collect, eachBackend, failsWith, same, type StoreTest } from './support/stores.js';

interface Sample {
  readonly name: string;
  readonly options: OpenOptions<never>;
  readonly values: readonly unknown[];
}

const codec = {
  encode: (value: unknown) => serialize(value),
  decode: (bytes: Uint8Array) => deserialize(bytes) as unknown,
};
const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 7 + length) & 255));
const texts = [
  '',
  'a',
  'ascii '.repeat(20),
  'grüße',
  '日本語',
  '🜁',
  '\0',
  'x'.repeat(4096),
  'ü'.repeat(3000),
  'y'.repeat(100_000),
];

const samples: Sample[] = [
  {
    name: 'buffer',
    options: { valueEncoding: 'buffer' },
    values: [0, 1, 100, 4096, 4097, 65_536, 1_500_000].map(bytes),
  },
  { name: 'utf8', options: { valueEncoding: 'utf8' }, values: texts },
  {
    name: 'json',
    options: { valueEncoding: 'json' },
    values: [null, 0, -1.5, true, '', [], {}, { a: [1, 'ü', null] }, ...texts],
  },
  {
    name: 'codec',
    options: { valueEncoding: codec as never },
    values: [undefined, 1n, new Date(5), new Map([[1, { a: 2 }]]), ...texts],
  },
];

async function checkAllReads(t: ExecutionContext, store: Store<unknown>, values: readonly unknown[]) {
  const keys = values.map((_, index) => `key-${index}`);
  for (const [index, key] of keys.entries()) {
    same(t, store.getSync(key), values[index], `getSync ${key}`);
    same(t, await store.get(key), values[index], `get ${key}`);
    same(t, (await store.getEntry(key))?.value, values[index], `getEntry ${key}`);
    same(t, store.getEntrySync(key)?.value, values[index], `getEntrySync ${key}`);
  }
  same(t, await store.getMany(keys), values, 'getMany');
  same(t, new Map(await collect(store.entries())), new Map(keys.map((key, index) => [key, values[index]])), 'entries');
  const changed = await collect(store.changes());
  same(
    t,
    changed.map((change) => change.type === 'put' && change.value),
    [...values],
    'changes',
  );
}

for (const { name, options, values } of samples) {
  eachBackend(
    `values of encoding ${name} come back as they were written, also after a restart`,
    async (t, { open: reopen }: StoreTest) => {
      const store = (await reopen(options)) as unknown as Store<unknown>;
      for (const [index, value] of values.entries()) await store.put(`key-${index}`, value);
      await checkAllReads(t, store, values);
      await store.close();
      await checkAllReads(
        t,
        (await reopen({ ...options, recovery: { use: 'log' } })) as unknown as Store<unknown>,
        values,
      );
    },
  );
}

eachBackend('values of the buffer encoding are Buffers', async (t, { open: reopen }) => {
  const store = await reopen();
  await store.put('key', new Uint8Array([1, 2, 3]));
  await store.put('large', new Uint8Array(5000));
  for (const key of ['key', 'large']) {
    t.true(Buffer.isBuffer(store.getSync(key)));
    t.true(Buffer.isBuffer(await store.get(key)));
    t.true(Buffer.isBuffer((await store.getMany([key]))[0]));
  }
  for await (const value of store.values()) t.true(Buffer.isBuffer(value));
});

eachBackend('a value that its writer changes after put() stays as it was', async (t, { open: reopen }) => {
  const store = await reopen();
  const [key, value] = [Buffer.from('key'), Buffer.from('before')];
  const written = store.put(key, value);
  value.write('after!');
  key.write('yek');
  await written;
  t.is(store.getSync('key')?.toString(), 'before');
});

eachBackend('a value that was read is not overwritten by later reads', async (t, { open: reopen }) => {
  const store = await reopen();
  const count = 3000;
  await store.batch(
    Array.from({ length: count }, (_, i) => ({
      type: 'put',
      key: `k${i}`,
      value: Buffer.alloc(1 + (i % 300), i & 255),
    })),
  );
  const keys = Array.from({ length: count }, (_, i) => `k${i}`);
  const single = keys.map((key) => store.getSync(key)!);
  const many = (await store.getMany(keys)) as Buffer[];
  const other = await Promise.all(keys.map((key) => store.get(key) as Promise<Buffer>));
  for (const values of [single, many, other]) {
    t.true(values.every((value, i) => value.length === 1 + (i % 300) && value.every((byte) => byte === (i & 255))));
  }
});

eachBackend('short values share memory, whichever way others are read in between', async (t, { open: reopen }) => {
  const store = await reopen();
  await store.batch([
    { type: 'put', key: 'short', value: Buffer.alloc(1000) },
    { type: 'put', key: 'large', value: Buffer.alloc(10_000) },
  ]);
  const shared = () => store.getSync('short')!.buffer.byteLength === 65_536;
  const others: (() => unknown)[] = [
    () => store.getSync('large'),
    () => store.getEntrySync('short'),
    () => store.has('short'),
    () => store.hasSync('short'),
    () => store.getMany(['short', 'large', 'short', 'nothing']),
    () => store.getEntry('short'),
  ];
  for (let i = 0; i < 600; i++) await others[i % others.length]!();
  for (const other of others) {
    for (let i = 0; i < 70; i++) await other();
    t.true(shared());
  }
});

eachBackend('viewSync gives the bytes as they are stored, and each view is good until the next', async (t, { open: reopen }) => {
  const store = await reopen();
  const lengths = [0, 1, 100, 4096, 4097, 65_536, 65_537, 1_500_000];
  for (const length of lengths) await store.put(`key-${length}`, bytes(length));
  for (const length of [...lengths, ...lengths.toReversed()]) {
    const view = store.viewSync(`key-${length}`)!;
    t.true(Buffer.isBuffer(view) && view.equals(bytes(length)), `${length} bytes`);
  }
  t.is(store.viewSync('nothing'), undefined);
  const kept = store.getSync('key-100')!;
  const first = store.viewSync('key-100')!;
  await store.put('other', bytes(100).fill(9));
  t.is(store.viewSync('other'), first, 'the same memory');
  t.true(first.equals(bytes(100).fill(9)));
  first.fill(0);
  t.true(store.getSync('other')!.equals(bytes(100).fill(9)), 'writing into it changes nothing in the store');
  t.true(kept.equals(bytes(100)));
  t.throws(() => store.viewSync(''), { code: 'FORESHARD_BAD_KEY' } as never);
  await store.close();
  t.throws(() => store.viewSync('other'), { code: 'FORESHARD_CLOSED' } as never);
});

eachBackend('viewSync does not decode', async (t, { open: reopen }) => {
  const store = await reopen<{ a: string }>({ valueEncoding: 'json' });
  await store.put('key', { a: 'ü' });
  t.is(store.viewSync('key')!.toString(), '{"a":"ü"}');
  t.deepEqual(store.getSync('key'), { a: 'ü' });
});

eachBackend('viewSync reads from disk what is not in memory', async (t, { open: reopen }) => {
  const before = await reopen();
  await before.put('key', bytes(200));
  await before.close();
  const store = await reopen();
  t.true(store.viewSync('key')!.equals(bytes(200)));
});

eachBackend('a value that the application writes into changes nothing in the store', async (t, { open: reopen }) => {
  const store = await reopen();
  await store.put('key', Buffer.from('value'));
  store.getSync('key')!.fill(0);
  (await store.get('key'))!.fill(0);
  t.is(store.getSync('key')?.toString(), 'value');
});

eachBackend('memory of a value that is moved to another thread breaks nothing', async (t, { open: reopen }) => {
  const store = await reopen();
  await store.put('key', Buffer.from('value'));
  const { buffer } = store.getSync('key')!;
  try {
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }); // some versions of Node.js refuse, others copy
  } catch (error) {
    t.is((error as Error).name, 'DataCloneError');
  }
  t.true(buffer.byteLength > 0);
  const moved = (buffer as ArrayBuffer & { transfer?: () => ArrayBuffer }).transfer?.();
  t.is(store.getSync('key')?.toString(), 'value');
  t.is((await store.getMany(['key']))[0]?.toString(), 'value');
  t.true(moved === undefined || moved.byteLength > 0);
});

const refusedValues: [OpenOptions<never>, unknown[]][] = [
  [
    { valueEncoding: 'buffer' },
    ['text', 1, null, undefined, {}, [1], new Uint16Array(2), new ArrayBuffer(2), new DataView(new ArrayBuffer(2))],
  ],
  [{ valueEncoding: 'utf8' }, [Buffer.from('a'), 1, null, undefined, {}, Symbol('s')]],
  [{ valueEncoding: 'json' }, [undefined, () => 1, Symbol('s'), 1n]],
  [{ valueEncoding: { encode: () => 5 as never, decode: () => 5 } as never }, ['anything']],
];

eachBackend('a value that the encoding does not take is refused and changes nothing', async (t, { open: reopen }) => {
  for (const [options, values] of refusedValues) {
    const store = (await reopen(options)) as unknown as Store<unknown>;
    for (const value of values) {
      await failsWith(t, 'FORESHARD_BAD_VALUE', store.put('key', value));
      await failsWith(t, 'FORESHARD_BAD_VALUE', () => store.putSync('key', value));
      await failsWith(t, 'FORESHARD_BAD_VALUE', store.batch([{ type: 'put', key: 'key', value }]));
    }
    t.false(store.hasSync('key'));
    await store.close();
  }
});

eachBackend('a cyclic value is refused by json', async (t, { open: reopen }) => {
  const store = await reopen<unknown>({ valueEncoding: 'json' });
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  await failsWith(t, 'FORESHARD_BAD_VALUE', store.put('key', cyclic));
});

eachBackend('bytes that are no JSON are named when they are read as JSON', async (t, { open: reopen }) => {
  const plain = await reopen();
  await plain.put('key', Buffer.from('{'));
  await plain.close();
  const store = await reopen<unknown>({ valueEncoding: 'json' });
  await failsWith(t, 'FORESHARD_BAD_VALUE', store.get('key'));
  await failsWith(t, 'FORESHARD_BAD_VALUE', () => store.getSync('key'));
  await failsWith(t, 'FORESHARD_BAD_VALUE', store.getMany(['key']));
  await failsWith(t, 'FORESHARD_BAD_VALUE', collect(store.values()));
});

eachBackend('the longest value is taken, and a longer one refused', async (t, { open: reopen }) => {
  const store = await reopen({ memoryLimit: 512 << 20 });
  const longest = Buffer.alloc(64 << 20, 1);
  await store.put('key', longest);
  t.true(store.getSync('key')!.equals(longest));
  await failsWith(t, 'FORESHARD_TOO_LARGE', store.put('longer', Buffer.alloc((64 << 20) + 1)));
});

test('stores are typed by their encoding', async (t) => {
  // Compiled, not run.
  const typed = async () => {
    const json = await open<{ a: number }>('dir', { valueEncoding: 'json' });
    const value: { a: number } | undefined = json.getSync('key');
    const text: string | undefined = (await open('dir', { valueEncoding: 'utf8' })).getSync('key');
    const plain = await open('dir');
    await plain.put('key', new Uint8Array(1));
    const buffer: Buffer | undefined = plain.getSync('key');
    const view: Buffer | undefined = json.viewSync('key');
    const byBuffer = await open('dir', { keyEncoding: 'buffer' });
    for await (const key of byBuffer.keys()) key.readInt8();
    const date = await open('dir', {
      valueEncoding: { encode: (at: Date) => at.toJSON(), decode: (from) => new Date(String(from)) },
    });
    const when: Date | undefined = await date.get('key');
    // @ts-expect-error: not the type of this store's values
    await json.put('key', 'text');
    return [value, text, buffer, view, when];
  };
  t.is(typeof typed, 'function');
});
