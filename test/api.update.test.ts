// update() and increment(): nothing is lost between reading and writing.
import { eachBackend, failsWith, sleep } from './support/stores.js';

interface Cart {
  items: string[];
}

eachBackend('concurrent updates of a key lose nothing, whether their function waits or not', async (t, { open }) => {
  const store = await open<Cart>({ valueEncoding: 'json' });
  const names = Array.from({ length: 60 }, (_, i) => `item-${i}`);
  await Promise.all(
    names.map((name, i) =>
      store.update('cart', (cart = { items: [] }) => {
        const changed = { items: [...cart.items, name] };
        return i % 3 === 0 ? sleep(1).then(() => changed) : changed;
      }),
    ),
  );
  t.deepEqual(store.getSync('cart')!.items, names);
});

eachBackend('a write that comes between makes update() try again', async (t, { open }) => {
  const store = await open<number>({ valueEncoding: 'json' });
  await store.put('key', 1);
  let calls = 0;
  const updated = await store.update('key', async (value) => {
    if (calls++ === 0) await store.put('key', 10);
    return value! + 1;
  });
  t.deepEqual([updated, calls, store.getSync('key')], [11, 2, 11]);
});

eachBackend('an update to undefined deletes, and of nothing does nothing', async (t, { open }) => {
  const store = await open<number>({ valueEncoding: 'json' });
  await store.put('key', 1);
  for (const change of [() => undefined, async () => undefined]) {
    await store.put('key', 1);
    t.is(await store.update('key', change), undefined);
    t.false(store.hasSync('key'));
    t.is(await store.update('key', change), undefined);
  }
});

eachBackend('an update whose function fails writes nothing and holds up no other', async (t, { open }) => {
  const store = await open<number>({ valueEncoding: 'json' });
  await store.put('key', 1);
  const failure = new Error('no');
  const thrown = store.update('key', () => {
    throw failure;
  });
  const rejected = store.update('key', () => Promise.reject(failure));
  const fine = store.update('key', (value) => value! + 1);
  t.is(await thrown.catch((error: unknown) => error), failure);
  t.is(await rejected.catch((error: unknown) => error), failure);
  t.is(await fine, 2);
});

eachBackend('an update keeps the expiry unless it is given one', async (t, { open }) => {
  const store = await open<number>({ valueEncoding: 'json' });
  await store.put('key', 1, { ttl: 100_000 });
  const { expiry } = store.getEntrySync('key')!;
  await store.update('key', (value) => value! + 1);
  t.is(store.getEntrySync('key')!.expiry, expiry);
  await store.increment('key', 1, { ttl: 1_000_000 });
  t.true(store.getEntrySync('key')!.expiry! > expiry!);
});

eachBackend('increments add up, in every encoding and after a restart', async (t, { open }) => {
  for (const valueEncoding of ['json', 'utf8', 'buffer'] as const) {
    const key = `count-${valueEncoding}`;
    let store = await open({ valueEncoding });
    const sums = await Promise.all(Array.from({ length: 100 }, () => store.increment(key)));
    t.deepEqual(
      sums,
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    t.is(await store.increment(key, -200), -100);
    await store.close();
    store = await open({ valueEncoding });
    t.is(await store.increment(key, 101), 1);
    await store.close();
  }
});

eachBackend('counters are kept as the documentation says', async (t, { open }) => {
  const bytes = await open();
  await bytes.increment('buffer', -2);
  t.is(bytes.getSync('buffer')!.readBigInt64LE(), -2n);
  await failsWith(t, 'FORESHARD_BAD_VALUE', bytes.increment('buffer', 0.5));
  await failsWith(t, 'FORESHARD_BAD_VALUE', bytes.increment('buffer', 2 ** 54));
  await bytes.close();
  const text = await open<string>({ valueEncoding: 'utf8' });
  await text.increment('utf8', 2.5);
  t.is(text.getSync('utf8'), '2.5');
});

eachBackend('what is no number is not incremented', async (t, { open }) => {
  const store = await open<unknown>({ valueEncoding: 'json' });
  for (const value of ['5', null, {}, true]) {
    await store.put('key', value);
    await failsWith(t, 'FORESHARD_BAD_VALUE', store.increment('key'));
    t.deepEqual(store.getSync('key'), value);
  }
  for (const by of [NaN, Infinity, '1', null])
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', store.increment('n', by as number));
  await store.close();
  const text = await open<string>({ valueEncoding: 'utf8' });
  await text.put('key', 'five');
  await failsWith(t, 'FORESHARD_BAD_VALUE', text.increment('key'));
});
