// Recordings of accesses: the traces that backtests read.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { replay } from '../bench/shards/replay/replay.js';
import { open } from '../src/index.js';
import { failsWith, freshDirectory, smallStore } from './support/stores.js';

const opened = () => open(freshDirectory(), smallStore);
const text = (file: string) => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file)).toString();
const rows = (file: string) => text(file).trimEnd().split('\n').slice(1).map((line) => line.split(','));

for (const name of ['trace.csv', 'trace.csv.gz'])
  test(`what is asked of a store is not in its recording (${name})`, async (t) => {
    const store = await opened();
    const file = join(freshDirectory(), name);
    await store.put('before', Buffer.alloc(3));
    const recording = await store.heat.record(file);
    await store.put('a', Buffer.alloc(5));
    store.getSync('a');
    store.getSync('absent');
    await store.batch([{ type: 'put', key: 'b', value: Buffer.alloc(7) }, { type: 'del', key: 'a' }]);
    store.getMany(['b', 'absent']);
    store.putSync('ü, "x"', Buffer.alloc(1));
    const report = await recording.stop();
    t.is(report.dropped, 0);
    t.is(report.error, undefined);
    t.is(report.bytes, text(file).length);
    t.true(text(file).startsWith('ts_ms,key,op,size\n'));
    t.deepEqual(rows(file).map(([, ...row]) => row), [
      ['a', 'w', '5'], ['a', 'r', '5'], ['b', 'w', '7'], ['a', 'w', '0'], ['b', 'r', '7'], ['%c3%bc%2c%20%22x%22', 'w', '1'],
    ]);
    t.is(decodeURIComponent(rows(file).at(-1)![1]!), 'ü, "x"');
    t.is(report.accesses, 6);
    t.is(statSync(file).mode & 0o777, 0o600);
    await store.put('after', Buffer.alloc(3));
    await store.close();
    t.is(rows(file).length, 6);
  });

test('a store that closes loses the end of its recording', async (t) => {
  const store = await opened();
  const file = join(freshDirectory(), 'trace.csv.gz');
  const recording = await store.heat.record(file, { hashKeys: true });
  for (let i = 0; i < 3000; i++) void store.put(`key${i}`, Buffer.alloc(10));
  await store.close();
  t.is((await recording.ended).accesses, 3000);
  t.is(rows(file).length, 3000);
  t.true(rows(file).every(([, key]) => /^[0-9a-f]{16}$/.test(key!)));
});

test('a buffer that is full stops the store, or loses accesses in silence', async (t) => {
  const store = await opened();
  t.teardown(() => store.close());
  const recording = await store.heat.record(join(freshDirectory(), 'trace.csv'), { bufferBytes: 65_536 });
  await store.put('key', Buffer.alloc(10));
  for (let i = 0; i < 50_000; i++) store.getSync('key'); // within one turn nobody takes lines
  const { accesses, dropped } = await recording.stop();
  t.true(dropped > 0);
  t.is(accesses + dropped, 50_001);
  t.is(rows(recording.file).length, accesses);
});

test('a recording without an end fills the disk', async (t) => {
  const store = await opened();
  t.teardown(() => store.close());
  const recording = await store.heat.record(join(freshDirectory(), 'trace.csv'), { maxBytes: 65_536 });
  await store.put('key', Buffer.alloc(10));
  for (; recording.report().bytes < 65_536; await new Promise(setImmediate)) for (let i = 0; i < 100; i++) store.getSync('key');
  const { bytes } = await recording.ended;
  t.true(bytes >= 65_536 && bytes < 65_536 + 9e6, `${bytes}`);
  await t.notThrowsAsync(async () => (await store.heat.record(join(freshDirectory(), 'next.csv'))).stop());
});

test('a recording goes over an existing file, or into a place that is not there, or beside another one', async (t) => {
  const store = await opened();
  const directory = freshDirectory();
  const file = join(directory, 'kept');
  writeFileSync(file, 'precious');
  await failsWith(t, 'FORESHARD_EXISTS', store.heat.record(file));
  t.is(readFileSync(file, 'utf8'), 'precious');
  await failsWith(t, 'FORESHARD_NOT_FOUND', store.heat.record(join(directory, 'no', 'such')));
  for (const options of [{ sample: 0 }, { sample: 2 }, { bufferBytes: 1 }, { maxBytes: 0.5 }, { hashKeys: 1 }, { other: 1 }])
    await failsWith(t, 'FORESHARD_BAD_OPTION', store.heat.record(join(directory, 'new'), options as object));
  await failsWith(t, 'FORESHARD_BAD_OPTION', store.heat.record(''));
  t.false(existsSync(join(directory, 'new')));
  await store.heat.record(join(directory, 'one'));
  await failsWith(t, 'FORESHARD_BUSY', store.heat.record(join(directory, 'two')));
  await store.close();
  await failsWith(t, 'FORESHARD_CLOSED', store.heat.record(join(directory, 'three')));
});

test('a full disk under a recording is hidden, or harms the store', async (t) => {
  if (!existsSync('/dev/full')) return void t.pass('there is no /dev/full here');
  const store = await opened();
  t.teardown(() => store.close());
  const { Recording } = await import('../src/heat/recording.js');
  const { createWriteStream } = await import('node:fs');
  const { finished } = await import('node:stream/promises');
  const lines = createWriteStream('/dev/full');
  const recording = new Recording(store.heat.source.native, '/dev/full', { lines, written: finished(lines) }, {});
  const { error } = await recording.ended;
  t.is((error as { code?: string } | undefined)?.code, 'FORESHARD_DISK_FULL');
  t.truthy(await store.put('key', Buffer.alloc(10)));
});

test('a recording cannot be replayed', async (t) => {
  const store = await opened();
  const directory = freshDirectory();
  const recording = await store.heat.record(join(directory, 'own.csv.gz'), { sample: 0.5 });
  for (let i = 0; i < 4000; i++) {
    void store.put(`key${i % 200}`, Buffer.alloc(10));
    if (i % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await store.close();
  const { accesses } = await recording.ended;
  t.true(accesses > 1000 && accesses < 3000 && accesses % 20 === 0, `${accesses}`);
  const played = await replay(recording.file, { directory, shards: 4, windows: 5, scale: 1, say: () => {} });
  t.is(played.accesses, accesses);
});
