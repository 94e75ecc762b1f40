// changes(): the log as it was written, and as it goes on.
import type { Change, Store } from '../src/index.js';
import { collect, eachBackend, failsWith, sleep } from './support/stores.js';

const seqOf = (change: Change<string, string>) => (change.type === 'gap' ? -1 : change.seq);
const openText = (open: (options: object) => Promise<unknown>) =>
  open({ valueEncoding: 'utf8' }) as Promise<Store<string>>;

eachBackend('changes come in the order of the writes, deletes included', async (t, { open }) => {
  const store = await openText(open);
  await store.put('a', '1');
  await store.put('a', '2', { ttl: 50_000 });
  await store.batch([
    { type: 'put', key: 'b', value: '3' },
    { type: 'del', key: 'a' },
  ]);
  const { expiry } = (await collect(store.changes()))[1] as { expiry: number };
  t.true(expiry > Date.now());
  t.deepEqual(await collect(store.changes()), [
    { type: 'put', key: 'a', value: '1', seq: 1, expiry: undefined },
    { type: 'put', key: 'a', value: '2', seq: 2, expiry },
    { type: 'put', key: 'b', value: '3', seq: 3, expiry: undefined },
    { type: 'del', key: 'a', seq: 4 },
  ]);
  t.deepEqual((await collect(store.changes({ since: 2 }))).map(seqOf), [3, 4]);
  t.deepEqual(await collect(store.changes({ since: 4 })), []);
});

eachBackend('changes survive a restart and go on behind it', async (t, { open }) => {
  const store = await openText(open);
  for (let i = 0; i < 500; i++) void store.put(`k${i}`, 'x');
  await store.close();
  const again = await openText(open);
  await again.put('after', 'y');
  t.deepEqual(
    (await collect(again.changes())).map(seqOf),
    Array.from({ length: 501 }, (_, i) => i + 1),
  );
  t.deepEqual((await collect(again.changes({ since: 500 }))).map(seqOf), [501]);
});

eachBackend('following gives each write as it becomes durable', async (t, { open }) => {
  const store = await openText(open);
  await store.put('before', 'x');
  const seen: number[] = [];
  const following = (async () => {
    for await (const change of store.changes({ follow: true })) {
      seen.push(seqOf(change));
      if (seen.length === 301) return;
    }
  })();
  for (let i = 0; i < 300; i++) {
    if (i % 50 === 0) await sleep(2);
    await (i % 7 === 0 ? store.put(`k${i}`, 'x') : Promise.resolve(void store.put(`k${i}`, 'x')));
  }
  await following;
  t.deepEqual(
    seen,
    Array.from({ length: 301 }, (_, i) => i + 1),
  );
});

eachBackend('following ends when it is left, aborted, or the store is closed', async (t, { open }) => {
  const store = await openText(open);
  const left = store.changes({ follow: true })[Symbol.asyncIterator]();
  const waiting = left.next();
  await left.return!();
  t.deepEqual(await waiting, { done: true, value: undefined });

  const controller = new AbortController();
  const aborted = collect(store.changes({ follow: true, signal: controller.signal }));
  await sleep(5);
  controller.abort();
  t.deepEqual(await aborted, []);
  t.deepEqual(await collect(store.changes({ follow: true, signal: controller.signal })), []);

  const closed = collect(store.changes({ follow: true }));
  await store.put('key', 'x');
  await sleep(20);
  await store.close();
  t.deepEqual((await closed).map(seqOf), [1]);
});

eachBackend('several readers follow independently', async (t, { open }) => {
  const store = await openText(open);
  const readers = Array.from({ length: 3 }, (_, i) =>
    store.changes({ since: i * 10, follow: true })[Symbol.asyncIterator](),
  );
  const reads = readers.map(async (reader) => {
    const seen: number[] = [];
    while (seen.at(-1) !== 100) seen.push(seqOf((await reader.next()).value as Change<string, string>));
    await reader.return!();
    return seen;
  });
  for (let i = 0; i < 100; i++) await store.put(`k${i % 5}`, String(i));
  for (const [i, seen] of (await Promise.all(reads)).entries()) {
    t.deepEqual(
      seen,
      Array.from({ length: 100 - i * 10 }, (_, at) => i * 10 + at + 1),
    );
  }
});

eachBackend('what compaction has passed is named as a gap', async (t, { open }) => {
  const store = await openText(open);
  for (let round = 0; round < 30; round++) {
    await store.batch(Array.from({ length: 500 }, (_, i) => ({ type: 'put', key: `k${i}`, value: 'x'.repeat(400) })));
  }
  await store.compact(0.05);
  const changes = await collect(store.changes());
  const covered = changes.map((change) =>
    change.type === 'gap' ? [change.from, change.to] : [change.seq, change.seq],
  );
  t.is(covered.at(-1)![1], 15_000);
  t.is(covered[0]![0], 1, 'the gap begins at the first sequence number that was asked for');
  t.true(
    covered.every(([from], i) => i === 0 || from === covered[i - 1]![1]! + 1),
    'every number is a change or in a gap',
  );
  t.true(
    changes.some(({ type }) => type === 'gap'),
    'compaction has passed some',
  );
});

eachBackend('bad options of changes() are refused', async (t, { open }) => {
  const store = await openText(open);
  for (const options of [
    { since: -1 },
    { since: 1.5 },
    { since: '1' },
    { follow: 1 },
    { signal: {} },
    { from: 1 },
    null,
  ]) {
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => store.changes(options as never), JSON.stringify(options));
  }
});
