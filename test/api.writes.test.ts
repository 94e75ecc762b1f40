// Writes: sequence numbers, batches, conditions, expiry, durability, backpressure.
import test from 'ava';
import type { Condition } from '../src/index.js';
import { Acks } from '../src/store/acks.js';
import { collect, eachBackend, failsWith, sleep } from './support/stores.js';

const value = (text: string) => Buffer.from(text);

eachBackend('every write has a larger sequence number than the one before', async (t, { open }) => {
  const store = await open();
  const numbers = [
    await store.put('a', value('1')),
    store.putSync('b', value('2')),
    await store.del('a'),
    store.delSync('b'),
    await store.batch([
      { type: 'put', key: 'c', value: value('3') },
      { type: 'del', key: 'c' },
    ]),
    await store.put('d', value('4'), { if: { absent: true } }),
  ];
  t.deepEqual(numbers, [1, 2, 3, 4, 6, 7]);
});

eachBackend('writes are acknowledged in their order', async (t, { open }) => {
  const store = await open();
  const order: number[] = [];
  const writes = Array.from({ length: 3000 }, (_, i) => {
    const written =
      i % 10 === 3 ? store.put(`k${i}`, value('x'), { if: { absent: true } }) : store.put(`k${i}`, value('x'));
    return written.then((seq) => order.push(seq));
  });
  await Promise.all(writes);
  t.deepEqual(
    order,
    Array.from({ length: 3000 }, (_, i) => i + 1),
  );
});

eachBackend('a write can be read at once', async (t, { open }) => {
  const store = await open();
  const written = store.put('key', value('new'));
  t.is(store.getSync('key')?.toString(), 'new');
  const deleted = store.del('key');
  t.is(store.getSync('key'), undefined);
  await Promise.all([written, deleted]);
});

eachBackend('deleting what is not there is no error', async (t, { open }) => {
  const store = await open();
  t.true((await store.del('nothing')) > 0);
  t.true(store.delSync('nothing') > 0);
});

eachBackend('a batch with a bad operation writes nothing of it', async (t, { open }) => {
  const store = await open();
  const good = { type: 'put', key: 'good', value: value('x') } as const;
  const bads: [object, string][] = [
    [{ type: 'put', key: 'bad', value: 5 }, 'FORESHARD_BAD_VALUE'],
    [{ type: 'put', key: '', value: value('x') }, 'FORESHARD_BAD_KEY'],
    [{ type: 'set', key: 'bad' }, 'FORESHARD_BAD_ARGUMENT'],
    [{ key: 'bad' }, 'FORESHARD_BAD_ARGUMENT'],
    [{ type: 'put', key: 'bad', value: value('x'), ttl: -1 }, 'FORESHARD_BAD_ARGUMENT'],
    [{ type: 'del', key: 'bad', if: { seq: 'x' } }, 'FORESHARD_BAD_ARGUMENT'],
  ];
  for (const [bad, code] of bads) await failsWith(t, code as never, store.batch([good, bad as never, good]));
  for (const list of [null, 'text', 5, {}, [null], [5]])
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.batch(list as never));
  t.false(store.hasSync('good'));
  t.is(await store.batch([]), 0);
});

eachBackend('of two operations of a batch on one key the later one counts', async (t, { open }) => {
  const store = await open();
  await store.batch([
    { type: 'put', key: 'a', value: value('1') },
    { type: 'put', key: 'a', value: value('2') },
    { type: 'put', key: 'b', value: value('1') },
    { type: 'del', key: 'b' },
  ]);
  t.deepEqual([store.getSync('a')?.toString(), store.getSync('b')], ['2', undefined]);
});

eachBackend('a prepared batch can be written more than once', async (t, { open }) => {
  const store = await open<string>({ valueEncoding: 'utf8' });
  const batch = store.prepare(
    Array.from({ length: 700 }, (_, i) => ({ type: 'put' as const, key: `key-${i}`, value: `value-${i}` })),
  );
  t.is(batch.length, 700);
  t.is(await store.batch(batch), 700);
  await store.clear();
  await store.batch(batch);
  t.is(store.getSync('key-699'), 'value-699');
  const once = store.prepare([{ type: 'put', key: 'once', value: 'x', if: { absent: true } }]);
  await store.batch(once);
  await failsWith(t, 'FORESHARD_CONDITION_FAILED', store.batch(once));
});

eachBackend('a large batch is applied whole', async (t, { open }) => {
  const store = await open<string>({ valueEncoding: 'utf8' });
  const count = 20_000;
  await store.batch(
    Array.from({ length: count }, (_, i) => ({ type: 'put', key: `ключ-${i}`, value: `ü${i}`.repeat(1 + (i % 20)) })),
  );
  t.is((await collect(store.keys())).length, count);
  t.is(store.getSync('ключ-19999'), 'ü19999'.repeat(20));
});

eachBackend('a condition that does not hold refuses the write', async (t, { open }) => {
  const store = await open();
  const seq = await store.put('key', value('1'));
  await failsWith(t, 'FORESHARD_CONDITION_FAILED', store.put('key', value('2'), { if: { absent: true } }));
  await failsWith(t, 'FORESHARD_CONDITION_FAILED', store.put('key', value('2'), { if: { seq: seq + 1 } }));
  await failsWith(t, 'FORESHARD_CONDITION_FAILED', store.del('key', { if: { seq: seq + 1 } }));
  await failsWith(t, 'FORESHARD_CONDITION_FAILED', store.put('other', value('2'), { if: { seq } }));
  t.is(store.getSync('key')?.toString(), '1');
  const next = await store.put('key', value('2'), { if: { seq } });
  await store.del('key', { if: { seq: next } });
  await store.put('key', value('3'), { if: { absent: true } });
  t.is(store.getSync('key')?.toString(), '3');
});

eachBackend('a batch is refused whole if one condition does not hold', async (t, { open }) => {
  const store = await open();
  await store.put('there', value('1'));
  const batch = [
    { type: 'put', key: 'new', value: value('x') },
    { type: 'put', key: 'there', value: value('x'), if: { absent: true } },
  ] as const;
  await failsWith(t, 'FORESHARD_CONDITION_FAILED', store.batch(batch));
  t.deepEqual([store.getSync('there')?.toString(), store.hasSync('new')], ['1', false]);
});

eachBackend('of many conditional writes on one key exactly one wins', async (t, { open }) => {
  const store = await open();
  const tries = Array.from({ length: 50 }, (_, i) => store.put('key', value(String(i)), { if: { absent: true } }));
  const won = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled');
  t.is(won.length, 1);
});

eachBackend('a bad condition or ttl is refused', async (t, { open }) => {
  const store = await open();
  const conditions = [
    null,
    {},
    { absent: false },
    { seq: 0 },
    { seq: -1 },
    { seq: 1.5 },
    { seq: '1' },
    { seq: 1, absent: true },
    { sequence: 1 },
    5,
  ];
  for (const condition of conditions) {
    await failsWith(
      t,
      'FORESHARD_BAD_ARGUMENT',
      store.put('key', value('x'), { if: condition as Condition }),
      JSON.stringify(condition),
    );
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.del('key', { if: condition as Condition }));
  }
  for (const ttl of [0, -1, NaN, Infinity, '5', null]) {
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.put('key', value('x'), { ttl: ttl as number }));
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => store.putSync('key', value('x'), { ttl: ttl as number }));
  }
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.put('key', value('x'), { tll: 5 } as never));
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () =>
    store.putSync('key', value('x'), { if: { absent: true } } as never),
  );
  t.false(store.hasSync('key'));
});

eachBackend('an expired record is absent everywhere, also after a restart', async (t, { open }) => {
  const store = await open();
  const ttl = 3_600_000;
  const before = Date.now();
  await store.put('stays', value('1'), { ttl });
  const after = Date.now();
  await store.put('goes', value('1'), { ttl: 30 });
  store.putSync('goes-sync', value('1'), { ttl: 30 });
  await store.batch([{ type: 'put', key: 'goes-batch', value: value('1'), ttl: 30 }]);
  const { expiry } = (await store.getEntry('stays'))!;
  t.true(expiry! >= before + ttl && expiry! <= after + ttl);
  await sleep(60);
  const goes = ['goes', 'goes-sync', 'goes-batch'];
  t.deepEqual(await store.getMany(goes), [undefined, undefined, undefined]);
  t.deepEqual(
    goes.map((key) => store.hasSync(key)),
    [false, false, false],
  );
  t.deepEqual(await collect(store.keys()), ['stays']);
  await store.put('goes', value('again'), { if: { absent: true } });
  await store.close();
  const again = await open();
  t.deepEqual((await collect(again.keys())).toSorted(), ['goes', 'stays']);
  t.is(again.getEntrySync('stays')?.expiry, expiry);
});

eachBackend('an entry carries the sequence number of its write', async (t, { open }) => {
  const store = await open();
  const seq = await store.put('key', value('x'));
  t.deepEqual(await store.getEntry('key'), { value: value('x'), seq, expiry: undefined });
  t.deepEqual(store.getEntrySync('key'), { value: value('x'), seq, expiry: undefined });
  t.is(await store.getEntry('nothing'), undefined);
  t.is(store.getEntrySync('nothing'), undefined);
});

eachBackend("under durability 'interval' a write is acknowledged at once and flushed soon", async (t, { open }) => {
  const store = await open({ durability: 'interval', flushInterval: 5 });
  const order: string[] = [];
  const written = store.put('key', value('x')).then((seq) => order.push(`put ${seq}`));
  await Promise.resolve().then(() => order.push('microtask'));
  await written;
  t.deepEqual(order, ['put 1', 'microtask']);
  t.is(store.putSync('sync', value('x')), 2);
  await store.flush();
  t.is((store.stats() as { log: { durableSequence: number } }).log.durableSequence, 2);
  await store.close();
  t.true((await open()).hasSync('sync'));
});

eachBackend('flush() makes all durable that was accepted', async (t, { open }) => {
  const store = await open({ durability: 'interval', flushInterval: 60_000 });
  for (let i = 0; i < 1000; i++) void store.put(`k${i}`, value('x'));
  await store.flush();
  t.is((store.stats() as { log: { durableSequence: number } }).log.durableSequence, 1000);
});

eachBackend('more writes than may be pending wait their turn, in order', async (t, { open }) => {
  const store = await open({ memoryLimit: 64 << 20 });
  const count = 300;
  const order: number[] = [];
  const large = Buffer.alloc(1 << 20, 1);
  const writes = Array.from({ length: count }, (_, i) => store.put(`k${i}`, large).then((seq) => order.push(seq)));
  // Also one that blocks comes behind those that wait.
  t.is(store.putSync('last', value('x')), count + 1);
  await Promise.all(writes);
  t.deepEqual(
    order,
    Array.from({ length: count }, (_, i) => i + 1),
  );
  t.true(store.getSync('k299')!.equals(large));
});

test('acknowledgements that come out of order are kept in order', (t) => {
  const acks = new Acks();
  const settled: string[] = [];
  const push = (sequence: number) =>
    acks.push(
      sequence,
      (seq) => settled.push(`ok ${seq}`),
      () => settled.push(`lost ${sequence}`),
    );
  for (const sequence of [5, 6, 9, 7, 8, 12, 10, 11]) push(sequence);
  acks.settle(7);
  t.deepEqual(settled.splice(0), ['ok 5', 'ok 6', 'ok 7']);
  acks.reject(9, 10, new Error('lost'));
  t.deepEqual(settled.splice(0), ['lost 9', 'lost 10']);
  for (let sequence = 20; sequence < 5020; sequence++) push(sequence);
  acks.settle(10_000);
  t.is(settled.length, 5003);
  t.deepEqual(settled.slice(0, 4), ['ok 8', 'ok 11', 'ok 12', 'ok 20']);
  t.is(acks.size, 0);
});
