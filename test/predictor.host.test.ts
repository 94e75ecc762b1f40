// Parts of the host of predictors, each against a plain account: duty, pulse, watchdog, windows, threads of predictors.
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { windowLayout, windowRowLayout } from '../src/errors/index.js';
import { copied } from '../src/predictor/host/copied.js';
import { Duty } from '../src/predictor/host/duty.js';
import { messageOf, PluginFault } from '../src/predictor/host/hooks.js';
import { InlineRunner } from '../src/predictor/host/inline-runner.js';
import { MemoryWatch } from '../src/predictor/host/memory-watch.js';
import { PoolRunner } from '../src/predictor/host/pool-runner.js';
import { Pulse } from '../src/predictor/host/pulse.js';
import { Watchdog } from '../src/predictor/host/watchdog.js';
import { hashesOf, readWindows, type RawWindow } from '../src/predictor/host/windows.js';
import { definePredictor } from '../src/predictor/index.js';
import { moduleOf } from './support/predictor-modules.js';
import { Random, seed } from './support/random.js';

test('work takes more than its part of the time, or comes sooner than it may', async (t) => {
  const random = new Random(1);
  let nowMs = 1000;
  const duty = new Duty(0.05, 100, () => nowMs);
  let [worked, began, last] = [0, nowMs, -Infinity];
  for (let i = 0; i < 10_000; i++) {
    nowMs += 1;
    if (!duty.due) continue;
    t.true(nowMs - last >= 100);
    last = nowMs;
    const ms = random.below(30);
    const work = async () => {
      nowMs += ms;
      if (ms % 7 === 0) throw new Error('in vain');
    };
    await duty.spend(work).catch(() => {});
    worked += ms;
  }
  const { due } = duty;
  if (!due) nowMs += 20 * 30;
  t.true(worked <= 0.05 * (nowMs - began), `${worked} of ${nowMs - began}`);
  t.true(worked > 0.025 * (nowMs - began), `${worked} of ${nowMs - began}`);
});

test('a pulse tells another hook than the one under way, or one that has ended', (t) => {
  const mine = new Pulse();
  const other = new Pulse(mine.shared);
  t.is(other.beat, undefined);
  mine.begin(3, 'learn');
  t.deepEqual(other.beat, { place: 3, hook: 'learn', call: 1 });
  mine.end();
  t.is(other.beat, undefined);
  mine.begin(0, 'import');
  t.deepEqual(other.beat, { place: 0, hook: 'import', call: 2 });
  t.deepEqual([other.heartbeats, other.ownerBytes, other.told], [0, 0, 0]);
  mine.live();
  other.tellOwnerBytes(2 ** 40);
  t.deepEqual([other.heartbeats, mine.ownerBytes, mine.told], [1, 2 ** 40, 1]);
  t.is(other.beat?.call, 2);
});

test('two inline hooks are under way at once, so that the wrong one is blamed', async (t) => {
  const pulse = new Pulse();
  const seen: unknown[] = [];
  const work = (place: number, fails = false) =>
    pulse.during(place, 'learn', async () => {
      for (let i = 0; i < 3; i++) {
        seen.push(pulse.beat?.place);
        await sleep(1);
      }
      if (fails) throw new Error('no idea');
      return place;
    });
  const all = await Promise.allSettled([work(0), work(1, true), work(2)]);
  t.deepEqual(seen, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
  t.deepEqual(all.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
  t.is(pulse.beat, undefined);
});

const watched = { deadlineMs: 1000, memoryLimit: 2 ** 40, lookMs: 200 };

test('a hook is blamed for the time in which nobody looked, or never', async (t) => {
  const pulse = new Pulse();
  const watchdog = new Watchdog(pulse, watched);
  pulse.begin(1, 'predict');
  for (let i = 0; i < 8; i++) {
    t.is(watchdog.look(), undefined); // the first one, and seven that make 1.4 s
    if (i === 4) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000); // busy with something else
  }
  t.deepEqual(watchdog.look(), { beat: { place: 1, hook: 'predict', call: 1 }, reason: 'timeout', message: 'never returned' });
  pulse.begin(1, 'import');
  for (let i = 0; i < 76; i++) t.is(watchdog.look(), undefined); // the first one, and 15 s
  t.like(watchdog.look(), { beat: { hook: 'import' }, reason: 'timeout' });
  pulse.end();
  t.is(watchdog.look(), undefined);
});

test('a hook is taken for the one before it', (t) => {
  const pulse = new Pulse();
  const watchdog = new Watchdog(pulse, watched);
  for (let i = 0; i < 30; i++) {
    pulse.begin(1, 'predict');
    t.is(watchdog.look(), undefined);
    if (i % 2 === 0) pulse.end();
  }
});

test('a thread that gives no sign of life is waited for, or one that is slow to begin is not', (t) => {
  const pulse = new Pulse();
  const watchdog = new Watchdog(pulse, watched);
  for (let i = 0; i < 100; i++) t.is(watchdog.look(), undefined);
  pulse.live();
  for (let i = 0; i < 50; i++) t.is(watchdog.look(), undefined);
  t.like(watchdog.look(), { beat: undefined, reason: 'timeout' });
  pulse.live();
  t.is(watchdog.look(), undefined);
});

test("memory that is the owner's own is taken for a predictor's, or a predictor's is not", (t) => {
  const pulse = new Pulse();
  const limit = 2 ** 34;
  const { rss } = process.memoryUsage();
  const grown = (bytes: number) => new MemoryWatch(pulse, limit, rss - bytes);
  const slack = 2 ** 33; // for what the process itself does meanwhile
  pulse.tellOwnerBytes(0);
  t.is(grown(2 * limit - slack).exceeding, undefined);
  const watch = grown(2 * limit + slack);
  t.is(watch.exceeding, undefined);
  t.is(watch.exceeding, undefined); // the owner may have taken it: it is to tell first
  pulse.tellOwnerBytes(limit);
  t.is(watch.exceeding, undefined);
  pulse.tellOwnerBytes(0);
  t.is(watch.exceeding, undefined);
  pulse.tellOwnerBytes(0);
  t.true(watch.exceeding! > 2 * limit);
  t.true(grown(4 * limit + slack).exceeding! > 4 * limit);
});

/** A window as it was, before it went into bytes. */
interface Row {
  readonly hash: bigint;
  readonly at: number;
  readonly write: boolean;
  readonly size: number;
}

function bytesOf(windows: readonly { head: Record<string, number>; rows: readonly Row[] }[]): ArrayBuffer {
  const parts = windows.flatMap(({ head, rows }) => {
    const header = new Float64Array(windowLayout.width);
    for (const [name, value] of Object.entries(head)) header[windowLayout[name as 'first']] = value;
    const numbers = new Uint32Array(rows.length * windowRowLayout.width);
    for (const [i, { hash, at, write, size }] of rows.entries()) {
      const field = i * windowRowLayout.width;
      numbers[field + windowRowLayout.hashLow] = Number(hash & 0xffffffffn);
      numbers[field + windowRowLayout.hashHigh] = Number(hash >> 32n);
      numbers[field + windowRowLayout.at] = at;
      numbers[field + windowRowLayout.access] = (write ? 2 ** 31 : 0) + size;
    }
    return [new Uint8Array(header.buffer), new Uint8Array(numbers.buffer)];
  });
  return new Uint8Array(Buffer.concat(parts)).buffer;
}

test('windows are read as others than they were, or keys do not go back as the hashes that they came from', (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const row = (): Row => ({
    hash: random.pick([0n, 2n ** 64n - 1n, 1n << 12n, random.bytes(8).readBigUInt64LE()]),
    at: random.pick([0, 2 ** 32 - 1, random.below(1000)]),
    write: random.below(2) === 1,
    size: random.pick([0, 2 ** 31 - 1, random.below(1000)]),
  });
  const windows = Array.from({ length: 20 }, (_, i) => {
    const rows = Array.from({ length: 1 + random.below(40) }, row);
    return { head: { first: i * 2 ** 40, start: random.below(1000) / 8, rows: rows.length, skipped: i }, rows };
  });
  const read = readWindows(bytesOf(windows));
  const plain = ({ keys, times, writes, sizes, ...rest }: RawWindow) => ({
    ...rest,
    rows: [keys, times, writes, sizes].map((list) => Array.from(list)),
  });
  t.deepEqual(read.map(plain), windows.map(({ head: { first, start, skipped }, rows }) => ({
    first,
    skipped,
    rows: [
      rows.map(({ hash }) => Number(hash >> 12n)),
      rows.map(({ at }) => start + at),
      rows.map(({ write }) => (write ? 1 : 0)),
      rows.map(({ size }) => size),
    ],
  })));
  for (const [i, { keys }] of read.entries()) {
    const hashes = Buffer.from(hashesOf(keys).buffer);
    const upper = windows[i]!.rows.map(({ hash }) => (hash >> 12n) << 12n);
    t.deepEqual(upper.map((_, at) => hashes.readBigUInt64LE(8 * at)), upper);
  }
  t.deepEqual(readWindows(new ArrayBuffer(0)), []);
});

test('what was thrown cannot be told', (t) => {
  const unspeakable = Object.create(null) as unknown;
  const poisoned = Object.defineProperty(new Error('x'), 'message', { get: () => String(unspeakable) });
  const values = [new Error('a'), 'b', undefined, null, Symbol('c'), unspeakable, poisoned, 'd'.repeat(5000)];
  const words = 'what cannot be put into words';
  t.deepEqual(values.map(messageOf), ['a', 'b', 'undefined', 'null', 'Symbol(c)', words, words, 'd'.repeat(1000)]);
});

const pluginThread = new URL('../src/api/threads/plugin.js', import.meta.url).href;
const requestOf = (plugin: string, deadlineMs: number) => ({ plugin, settings: {}, seed: 1, from: '/', deadlineMs });

test('a predictor in a thread of its own is blamed for the time in which this thread was busy', async (t) => {
  const definition = "{ name: 'fair', role: 'access', columns: [], create: () => ({ predict: () => new Float32Array(1) }) }";
  const limits = { memoryLimit: 2 ** 34, pulse: new Pulse() };
  const request = requestOf(moduleOf('fair', `export default definePredictor(${definition});`), 300);
  const runner = new PoolRunner(request, pluginThread, limits);
  t.teardown(() => runner.end());
  t.like(await runner.open(), { name: 'fair', runs: 'pool', hooks: ['predict'] });
  const answer = runner.call('predict', {});
  await new Promise(setImmediate); // behind this, timers come before messages
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  t.deepEqual(await answer, new Float32Array(1));
});

test('a thread that cannot be ended holds up the others', async (t) => {
  const waits = "create: () => ({ predict: () => execFileSync('sleep', ['4']) })";
  const definition = `definePredictor({ name: 'waits', role: 'access', columns: [], ${waits} })`;
  const module = moduleOf('waits', `import { execFileSync } from 'node:child_process';\nexport default ${definition};`);
  const runner = new PoolRunner(requestOf(module, 300), pluginThread, { memoryLimit: 2 ** 34, pulse: new Pulse() });
  await runner.open();
  const fault = await t.throwsAsync(runner.call('predict', {}), { instanceOf: PluginFault });
  t.is(fault!.reason, 'timeout');
  await runner.end();
  t.like(await runner.open(), { name: 'waits' });
  await runner.end();
});

test('an inline hook that is late is waited for', async (t) => {
  const create = () => ({ predict: () => new Promise<Float32Array>(() => {}) });
  const slow = definePredictor({ name: 'slow', role: 'access', columns: [], runs: 'inline', create });
  const runner = new InlineRunner(requestOf('slow', 20), { slow: async () => ({ default: slow }) }, new Pulse(), 0);
  await runner.open();
  const fault = await t.throwsAsync(runner.call('predict', {}), { instanceOf: PluginFault });
  t.deepEqual([fault!.hook, fault!.reason], ['predict', 'timeout']);
});

test('what a predictor is given is not what there is, or is not its own', (t) => {
  const pooled = Buffer.from('state').subarray(1);
  const given = { rows: 2, keys: Float64Array.of(1, 2), columns: { age: Float32Array.of(3, 4).subarray(1) }, state: pooled };
  const { copy, buffers } = copied(given);
  t.deepEqual(copy, { ...given, state: new Uint8Array(pooled) });
  t.is(buffers.length, 3);
  for (const buffer of buffers) t.false(buffer === given.keys.buffer || buffer === pooled.buffer);
  const moved = structuredClone(copy, { transfer: buffers }) as typeof given;
  moved.keys[0] = 9;
  t.deepEqual([given.keys[0], moved.keys[0], moved.columns.age[0]], [1, 9, 4]);
  t.deepEqual(copied(7), { copy: 7, buffers: [] });
});
