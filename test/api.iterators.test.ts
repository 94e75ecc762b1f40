// Iterators: complete, each key once, while writes go on.
import type { Store } from '../src/index.js';
import { collect, eachBackend, failsWith, same } from './support/stores.js';

const key = (i: number) => `key-${i}`;

async function fill(store: Store<string>, count: number) {
  await store.batch(
    Array.from({ length: count }, (_, i) => ({ type: 'put', key: key(i), value: `value-${i}-`.padEnd(200, 'x') })),
  );
}

eachBackend('keys, values and entries give everything once, in every phase', async (t, { open }) => {
  const count = 5000;
  const filled = await open<string>({ valueEncoding: 'utf8' });
  await fill(filled, count);
  await filled.close();
  for (const when of ['open', 'full'] as const) {
    const store = await open<string>({ valueEncoding: 'utf8' });
    await store.recovery[when];
    same(t, new Set(await collect(store.keys())), new Set(Array.from({ length: count }, (_, i) => key(i))), 'keys');
    const entries = await collect(store.entries());
    t.is(entries.length, count);
    t.true(entries.every(([name, value]) => value.startsWith(`value-${name.slice(4)}-`)));
    same(t, new Set(await collect(store.values())), new Set(entries.map(([, value]) => value)), 'values');
    await store.close();
  }
});

eachBackend(
  'a key that is there throughout comes exactly once while others are written and deleted',
  async (t, { open }) => {
    const store = await open<string>({ valueEncoding: 'utf8' });
    const count = 4000;
    await fill(store, count);
    const seen = new Map<string, number>();
    let round = 0;
    const pending: Promise<unknown>[] = [];
    for await (const [name] of store.entries()) {
      seen.set(name, (seen.get(name) ?? 0) + 1);
      round++;
      pending.push(store.put(key((round * 7) % count), `again-${round}`));
      pending.push(store.put(`new-${round}`, 'x'.repeat(50)), store.del(`new-${round - 5}`));
    }
    await Promise.all(pending);
    const stayed = Array.from({ length: count }, (_, i) => seen.get(key(i)));
    t.deepEqual(stayed.filter((times) => times !== 1).length, 0);
    t.true([...seen.values()].every((times) => times === 1));
  },
);

eachBackend('limit ends an iteration, and leaving early harms nothing', async (t, { open }) => {
  const store = await open<string>({ valueEncoding: 'utf8' });
  await fill(store, 3000);
  for (const limit of [0, 1, 10, 2000, 3000, 5000])
    t.is((await collect(store.keys({ limit }))).length, Math.min(limit, 3000));
  for await (const _ of store.keys()) break;
  await t.throwsAsync(async () => {
    for await (const _ of store.entries()) throw new Error('out');
  });
  t.is((await collect(store.keys())).length, 3000);
});

eachBackend('several iterators at once do not disturb each other', async (t, { open }) => {
  const store = await open<string>({ valueEncoding: 'utf8' });
  await fill(store, 3000);
  const counts = await Promise.all(
    Array.from({ length: 5 }, () => collect(store.keys()).then((keys) => new Set(keys).size)),
  );
  t.deepEqual(counts, [3000, 3000, 3000, 3000, 3000]);
});

eachBackend('ranges are refused with an explanation', async (t, { open }) => {
  const store = await open();
  for (const name of ['gt', 'gte', 'lt', 'lte', 'reverse']) {
    for (const method of ['keys', 'values', 'entries'] as const) {
      const error = await failsWith(t, 'FORESHARD_UNSUPPORTED', () => store[method]({ [name]: 'a' } as never));
      t.regex(error.message, /by hash/);
    }
  }
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => store.keys({ limits: 5 } as never));
  for (const limit of [-1, 1.5, '5', null])
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => store.keys({ limit: limit as number }));
});

eachBackend('clear() deletes everything', async (t, { open }) => {
  const store = await open<string>({ valueEncoding: 'utf8' });
  await fill(store, 2500);
  await store.clear();
  t.deepEqual(await collect(store.keys()), []);
  await store.clear();
  await store.put('after', 'x');
  await store.close();
  t.deepEqual(await collect((await open<string>({ valueEncoding: 'utf8' })).keys()), ['after']);
});

eachBackend('an iteration under way when the store is closed ends with FORESHARD_CLOSED', async (t, { open }) => {
  const store = await open<string>({ valueEncoding: 'utf8' });
  await fill(store, 3000);
  const keys = store.keys()[Symbol.asyncIterator]();
  await keys.next();
  await store.close();
  await failsWith(t, 'FORESHARD_CLOSED', keys.next());
  await failsWith(t, 'FORESHARD_CLOSED', () => store.keys());
});
