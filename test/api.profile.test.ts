// The recovery profile: what comes first after a failure, who said so, and what past recoveries were worth.
import test, { type ExecutionContext } from 'ava';
import { open, type OpenOptions, type Store } from '../src/index.js';
import { failsWith, freshDirectory, sleep, smallStore } from './support/stores.js';

const keys = 3000;
const keyOf = (number: number) => `key${number}`;
const predictors = { startAfter: 0, interval: 100, accessesPerSecond: 1_000_000 } as const;

async function filled(t: ExecutionContext, directory: string, options: OpenOptions = {}): Promise<Store> {
  const store = await open(directory, { ...smallStore, predictors, ...options } as { predictors: typeof predictors });
  t.teardown(() => store.close());
  await store.batch(Array.from({ length: keys }, (_, i) => ({ type: 'put' as const, key: keyOf(i), value: Buffer.alloc(100, i) })));
  return store;
}

/** Reads until something is so; the hottest keys are those with small numbers. */
async function readUntil(store: Store, done: () => unknown): Promise<void> {
  for (let round = 0; round < 400 && !done(); round++) {
    for (let i = 0; i < 300; i++) store.getSync(keyOf((i * i + round * 7) % (50 + ((i * 37) % 500))));
    await sleep(50);
  }
}

test('what an application expects does not come first, or nobody can tell who put a key where', async (t) => {
  const store = await filled(t, freshDirectory());
  await readUntil(store, () => store.predictors.stats()?.prediction);
  t.truthy(store.predictors.stats()?.prediction);
  store.recovery.expect([keyOf(2999), keyOf(2998)]);
  const { order, first, asked } = await store.recovery.profile([keyOf(2998), keyOf(0), 'absent']);
  t.is(order.known, 2);
  t.true(order.predicted > 100, `${order.predicted}`);
  t.is(order.by, store.predictors.stats()!.serving);
  t.deepEqual(first.slice(0, 2).map(({ source, place }) => [source, place]), [['known', 0], ['known', 1]]);
  t.deepEqual([asked[0]?.source, asked[0]?.place], ['known', 1]);
  t.is(asked[1]?.source, 'predicted');
  t.is(asked[2], undefined);
  store.recovery.expect([]);
  t.is((await store.recovery.profile()).order.known, 0);
});

test('a restart is not logged, or not what it asked for first', async (t) => {
  const directory = freshDirectory();
  const before = await filled(t, directory);
  await readUntil(before, () => before.predictors.stats()?.prediction);
  await before.close();
  const store = await open(directory, { ...smallStore, predictors });
  t.teardown(() => store.close());
  await store.recovery.full;
  for (let i = 0; i < 600; i++) store.getSync(keyOf(i % 300));
  while (store.predictors.stats() === undefined) await sleep(20);
  await store.close();
  const again = await open(directory, { ...smallStore, predictors });
  t.teardown(() => again.close());
  const { recoveries, score } = await again.recovery.profile();
  t.is(recoveries.length, 3);
  const [, restart, now] = recoveries;
  t.true(restart!.clean);
  t.is(restart!.early.reads, 600);
  t.is(restart!.touches, 300);
  t.true(restart!.hotMs > 0 && restart!.openMs > 0);
  t.is(restart!.restored.predicted! > 0, true);
  t.true(now!.aliveMs >= restart!.openedMs && now!.uptimeMs >= 0);
  t.true(score !== undefined && score.covered > 0.5 && score.covered <= 1, JSON.stringify(score));
});

test('a profile is told of a store that predicts nothing', async (t) => {
  const store = await open(freshDirectory(), { ...smallStore, predictors: false });
  t.teardown(() => store.close());
  await failsWith(t, 'FORESHARD_UNSUPPORTED', store.recovery.profile());
  await failsWith(t, 'FORESHARD_UNSUPPORTED', () => store.recovery.expect(['a']));
  t.is(store.predictors.stats(), undefined);
  t.deepEqual(store.predictors.why(), { now: [], past: [] });
});

test('what is no list of keys is taken for one, or a closed store answers', async (t) => {
  const store = await open(freshDirectory(), { ...smallStore });
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => store.recovery.expect('key' as never));
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => store.recovery.expect(Array.from({ length: 65_537 }, () => 'k')));
  await failsWith(t, 'FORESHARD_BAD_KEY', store.recovery.profile(['']));
  await store.close();
  await failsWith(t, 'FORESHARD_CLOSED', store.recovery.profile());
  await failsWith(t, 'FORESHARD_CLOSED', () => store.recovery.expect([]));
});
