// A loop of synchronous reads that never gives way to the event loop: the engine works in every call, so commits,
// a recovery and a checkpoint go on beside it.
import type { Store } from '../src/index.js';
import { eachBackend, same } from './support/stores.js';

const keys = Array.from({ length: 20_000 }, (_, i) => `key ${i}`);
const valueOf = (key: string): Buffer => Buffer.alloc(150, key);
const patienceMs = 30_000;

interface Figures {
  readonly log: { readonly durableSequence: number };
  readonly work: { readonly images: number };
}
const figures = (store: Store): Figures => store.stats() as unknown as Figures;

/** Reads key after key without a pause until something has happened; answers whether every value was right. */
function readUntil(store: Store, happened: () => boolean): boolean {
  const end = performance.now() + patienceMs;
  let right = true;
  for (let i = 0; ; i++) {
    const key = keys[(i * 7919) % keys.length]!;
    right &&= store.getSync(key)?.equals(valueOf(key)) ?? false;
    if (i % 100 !== 0) continue;
    if (happened()) return right;
    if (performance.now() > end) throw new Error('it did not happen in a synchronous loop');
  }
}

const load = (store: Store): Promise<number> =>
  store.batch(keys.map((key) => ({ type: 'put', key, value: valueOf(key) }) as const));

eachBackend('a synchronous loop keeps commits from being acknowledged', async (t, { open }) => {
  const store = await open();
  await load(store);
  const before = figures(store).log.durableSequence;
  let told = false;
  const write = store.put('one', Buffer.from('more')).then(() => (told = true));
  t.true(readUntil(store, () => figures(store).log.durableSequence > before));
  await write;
  t.true(told);
});

eachBackend('a synchronous loop keeps a recovery from its end', async (t, { open }) => {
  const store = await open();
  await load(store);
  await store.close();
  const again = await open();
  t.true(readUntil(again, () => again.recovery.report().phase === 'full'));
});

eachBackend('a synchronous loop keeps a checkpoint from its end', async (t, { open }) => {
  const store = await open();
  await load(store);
  const before = figures(store).work.images;
  const checkpoint = store.checkpoint();
  t.true(readUntil(store, () => figures(store).work.images > before));
  await checkpoint;
  same(t, store.getSync(keys[0]!), valueOf(keys[0]!), 'it can be read as before');
});
