// The addon by itself: whatever it is given, it answers, and what it shares with JavaScript lives as long as it is used.
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { answerLayout, errorNumber, operationLayout, recordKinds } from '../src/errors/index.js';
import { addon, type NativeStore } from '../src/native/index.js';
import { Random, seed } from './support/random.js';
import { freshDirectory, smallStore } from './support/stores.js';

/** An open native store; completions are taken and dropped. */
async function openNative(): Promise<NativeStore> {
  let woken = () => {};
  const store = addon.open({ directory: freshDirectory(), io: 'pool', ...smallStore }, () => woken(), 1);
  await new Promise<void>((resolve) => {
    woken = () => {
      store.poll();
      if (store.answer[answerLayout.pending] === 0) return;
      store.take();
      if (store.put('opened', 'yes', 0) < 0) return;
      store.hold(false);
      resolve();
    };
    store.hold(true);
  });
  return store;
}

test('a handle is told from other objects', async (t) => {
  const store = await openNative();
  t.true(addon.isHandle(store));
  for (const other of [{}, { ...store }, store.get, null, undefined, 5, Object.create(store)])
    t.false(addon.isHandle(other));
  store.release();
  t.true(addon.isHandle(store));
});

test('a released store answers that it is closed', async (t) => {
  const store = await openNative();
  store.release();
  store.release();
  const closed = -errorNumber.closed;
  const one = new Float64Array(operationLayout.width);
  t.deepEqual(
    [store.get('key', 1), store.getSync('key'), store.hasSync('key'), store.put('key', 'value', 0), store.del('key')],
    [closed, closed, closed, closed, closed],
  );
  t.deepEqual(
    [store.write(new Uint8Array(9), one, 1), store.waitDurable(1), store.iteratorOpen(true)],
    [closed, closed, closed],
  );
  t.is(store.statsJson(), undefined);
  store.flush(5);
  t.is(store.answer[answerLayout.pending], 1);
});

test('a function keeps its store alive when nothing else does', async (t) => {
  const { getSync } = await openNative();
  for (let i = 0; i < 50; i++) {
    Buffer.alloc(1 << 20);
    if (i % 10 === 0) await sleep(1);
  }
  t.is(typeof getSync('opened'), 'object');
});

test('a packed batch whose numbers are wrong is refused', async (t) => {
  const store = await openNative();
  const good: Record<string, number> = {
    kind: recordKinds.put,
    keyLength: 3,
    valueLength: 5,
    expiry: 0,
    condition: 0,
    sequence: 0,
  };
  const pack = (changed: Record<string, number>) => {
    const numbers = new Float64Array(operationLayout.width);
    for (const [name, value] of Object.entries({ ...good, ...changed })) {
      numbers[operationLayout[name as keyof typeof operationLayout]] = value;
    }
    return numbers;
  };
  const bytes = Buffer.from('keyvalue');
  t.true(store.write(bytes, pack({}), 1) > 0);
  const wrong: Record<string, number>[] = [
    ...[0, 3, 7, 255, -1, NaN].map((kind) => ({ kind })),
    ...[0, 9, 4097, -1, NaN, Infinity, 2 ** 60].map((keyLength) => ({ keyLength })),
    ...[6, 2 ** 32, 2 ** 52].map((valueLength) => ({ valueLength })),
    ...[3, 255].map((condition) => ({ condition })),
  ];
  for (const change of wrong) t.true(store.write(bytes, pack(change), 1) < 0, JSON.stringify(change));
  for (const count of [2, 1e9, 2 ** 53]) t.true(store.write(bytes, pack({}), count) < 0);
  store.release();
});

test('calls with any arguments whatever do no harm', async (t) => {
  const store = await openNative();
  const random = new Random(seed);
  const simple = [undefined, null, '', 'key', 'x'.repeat(5000), 0, 1, -1, 1e9, 2 ** 53, NaN, Infinity, true, 5n];
  const objects = [{}, [], () => 1, new Uint8Array(0), new Uint8Array(100), new Float64Array(12), new Int32Array(40)];
  const values = [...simple, ...objects, Symbol('s'), new ArrayBuffer(8)];
  const never = new Set(['close', 'release', 'backup', 'answer', 'slabValueMax', 'waitDurable']);
  const names = Object.keys(store).filter((name) => !never.has(name));
  for (let i = 0; i < 5000; i++) {
    const call = (store as unknown as Record<string, (...args: unknown[]) => unknown>)[random.pick(names)]!;
    call(...Array.from({ length: random.below(6) }, () => random.pick(values)));
    if (store.answer[answerLayout.pending] === 1) store.take();
    if (i % 500 === 0) await sleep(1);
  }
  t.true(store.put('key', 'value', 0) > 0);
  store.release();
});
