// The addon for those who predict: windows of accesses as JavaScript lays views over them, and predictions that survive a restart.
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { answerLayout, completionLayout, errorNumber, rowLayout, windowLayout, windowRowLayout } from '../src/errors/index.js';
import { addon, type NativeOptions, type NativeStore } from '../src/native/index.js';
import { freshDirectory, smallStore } from './support/stores.js';

/** A native store whose requests are waited for, which alone keeps the process alive; its heat is told the time. */
class Native {
  readonly store: NativeStore;
  readonly #opened: Promise<void>;
  readonly #waiting = new Map<number, () => void>();
  #ticket = 0;

  constructor(directory: string, options: Partial<NativeOptions> = {}) {
    const opening = this.#wait();
    this.store = addon.open(
      { directory, io: 'pool', manualHeatTime: true, ...smallStore, ...options },
      () => this.#settle(),
      this.#ticket,
    );
    this.store.hold(true);
    this.#opened = opening;
  }

  static async open(directory: string, options?: Partial<NativeOptions>): Promise<NativeStore & { native: Native }> {
    const native = new Native(directory, options);
    await native.#opened;
    return Object.assign(Object.create(native.store) as NativeStore, { native });
  }

  request(start: (ticket: number) => void): Promise<void> {
    const done = this.#wait();
    this.store.hold(true);
    start(this.#ticket);
    this.#settle();
    return done;
  }

  async close(): Promise<void> {
    await this.request((ticket) => this.store.close(ticket));
    this.store.release();
  }

  #wait(): Promise<void> {
    const ticket = ++this.#ticket;
    return new Promise((resolve) => this.#waiting.set(ticket, resolve));
  }

  #settle(): void {
    this.store.poll();
    if (this.store.answer[answerLayout.pending] === 0) return;
    const packet = this.store.take();
    const rows = this.store.answer[answerLayout.rows]!;
    if (packet === undefined) return;
    const numbers = new Float64Array(packet, 0, rows * rowLayout.width);
    for (let at = 0; at < numbers.length; at += rowLayout.width)
      if (numbers[at + rowLayout.kind] === completionLayout.done) this.#done(numbers[at + rowLayout.ticket]!);
    this.store.hold(this.#waiting.size > 0);
  }

  #done(ticket: number): void {
    this.#waiting.get(ticket)?.();
    this.#waiting.delete(ticket);
  }
}

interface Window {
  first: number;
  start: number;
  skipped: number;
  rows: { hash: bigint; at: number; write: boolean; size: number }[];
}

/** By views alone, as a reader of many windows does. */
function windowsOf(buffer: Buffer | undefined): Window[] {
  const windows: Window[] = [];
  if (buffer === undefined) return windows;
  for (let at = 0; at < buffer.length;) {
    const header = new Float64Array(buffer.buffer, buffer.byteOffset + at, windowLayout.width);
    const count = header[windowLayout.rows]!;
    at += header.byteLength;
    const numbers = new Uint32Array(buffer.buffer, buffer.byteOffset + at, count * windowRowLayout.width);
    at += numbers.byteLength;
    const rows = Array.from({ length: count }, (_, index) => {
      const field = (name: number) => numbers[index * windowRowLayout.width + name]!;
      const access = field(windowRowLayout.access);
      return {
        hash: (BigInt(field(windowRowLayout.hashHigh)) << 32n) | BigInt(field(windowRowLayout.hashLow)),
        at: field(windowRowLayout.at),
        write: access >= 2 ** 31,
        size: access % 2 ** 31,
      };
    });
    const [first, start, skipped] = [windowLayout.first, windowLayout.start, windowLayout.skipped].map((name) => header[name]!);
    windows.push({ first: first!, start: start!, skipped: skipped!, rows });
  }
  return windows;
}

const flushed = (store: NativeStore & { native: Native }) =>
  store.native.request((ticket) => {
    store.submit();
    store.flush(ticket);
  });

async function filled(directory: string, keys: number, options?: Partial<NativeOptions>) {
  const store = await Native.open(directory, options);
  for (let i = 0; i < keys; i++) store.put(`key${i}`, Buffer.alloc(100, i), 0);
  await flushed(store);
  return store;
}

test('a window shows other accesses than there were, or cannot be laid views over', async (t) => {
  const store = await filled(freshDirectory(), 2);
  t.is(store.takeWindows(), undefined);
  t.is(store.watchAccesses(), undefined);
  store.getSync('key0');
  store.getSync('absent');
  store.passHeatTime(7);
  store.put('key1', Buffer.alloc(33), 0);
  store.del('key0');
  await flushed(store);
  t.is(store.takeWindows(), undefined); // it is young
  store.passHeatTime(200);
  const buffer = store.takeWindows()!;
  t.is(buffer.byteOffset % 8, 0);
  const [{ rows, ...window }, ...others] = windowsOf(buffer) as [Window, ...Window[]];
  t.deepEqual(others, []);
  t.is(window.first, 0);
  t.is(window.skipped, 0);
  t.deepEqual(
    rows.map(({ at, write, size }) => [at, write, size]),
    [[0, false, 100], [7, true, 33], [7, true, 0]],
  );
  t.is(rows[0]!.hash, rows[2]!.hash);
  for (const [row, key] of [[0, 'key0'], [1, 'key1']] as const)
    t.is(Number(rows[row]!.hash >> 44n), store.positionOf(key));
  await store.native.close();
  t.is(store.takeWindows(), undefined);
  t.is(store.watchAccesses(), -errorNumber.closed);
});

test('accesses between windows are not counted, or those within a window are missing', async (t) => {
  const store = await filled(freshDirectory(), 100);
  store.watchAccesses(64, 100, 4);
  const windows: Window[] = [];
  for (let i = 0; i < 20_000; i++) {
    store.getSync(`key${i % 100}`);
    if (i % 50 === 0) store.passHeatTime(1);
    if (i % 1000 === 0) windows.push(...windowsOf(store.takeWindows()));
  }
  store.stopWatching();
  t.is(store.takeWindows(), undefined);
  t.true(windows.length > 30 && windows.length < 50, `${windows.length}`);
  t.true(windows.every(({ rows }) => rows.length === 64));
  const hashes = new Map(windows.flatMap(({ first, rows }) => rows.map(({ hash }, index) => [(first + index) % 100, hash])));
  t.is(new Set(hashes.values()).size, hashes.size);
  for (const { first, rows } of windows)
    for (const [index, { hash }] of rows.entries()) t.is(hash, hashes.get((first + index) % 100)!);
  await store.native.close();
});

test('a prediction made of what windows show is not restored first', async (t) => {
  const directory = freshDirectory();
  const keys = 3000;
  const before = await filled(directory, keys, { fastBudget: 64 << 10 });
  before.watchAccesses();
  const wanted = Array.from({ length: 100 }, (_, i) => `key${keys - 1 - i * 7}`);
  for (const key of wanted) before.getSync(key);
  before.passHeatTime(1000);
  const { rows } = windowsOf(before.takeWindows())[0]!;
  t.is(before.setPredicted(new Uint8Array(new BigUint64Array(rows.map(({ hash }) => hash)).buffer), 0.9), undefined);
  while (!before.recoveryJson()!.includes('"phase":"full"')) await sleep(1);
  await before.native.close();

  const after = await Native.open(directory, { fastBudget: 64 << 10 });
  while (!after.recoveryJson()!.includes('"phase":"full"')) await sleep(1);
  for (const key of wanted) after.getSync(key);
  const { fast, early } = JSON.parse(after.recoveryJson()!) as Record<string, Record<string, unknown>>;
  const { bytes, records } = fast!['predicted'] as Record<string, number>;
  t.is(records, 100);
  t.true(bytes! > 100 * 100);
  const first = { reads: 100, covered: 100, restored: 100, replayed: 0 };
  t.deepEqual(early, { ...first, first, byClass: early!['byClass'] });
  const [touched = 0, predicted = 0] = early!['byClass'] as number[]; // they are in class 0, too, as first touches
  t.is(touched + predicted, 100);
  const stats = JSON.parse(after.statsJson()!) as Record<string, unknown>;
  t.deepEqual(stats['predicted'], { keys: 100, records: 100, bytes, inherited: true });
  t.is(after.setPredicted(Buffer.alloc(0)), undefined);
  await after.native.close();

  const last = await Native.open(directory);
  t.is((JSON.parse(last.recoveryJson()!) as { fast: { predicted: { records: number } } }).fast.predicted.records, 0);
  await last.native.close();
});

test('numbers out of their range are taken', async (t) => {
  const store = await filled(freshDirectory(), 1);
  const bad = -errorNumber.bad_argument;
  const watch = store.watchAccesses as (...args: unknown[]) => unknown;
  for (const args of [[0], [63], [65_537], [4096, 0], [4096, NaN], [4096, 16, 0], [4096, 16, 257], ['4096'], [null]])
    t.is(watch(...args), bad, JSON.stringify(args));
  const predict = store.setPredicted as (...args: unknown[]) => unknown;
  for (const args of [[], [null], [Buffer.alloc(7)], [new Float64Array(1)], [Buffer.alloc(8), 0], [Buffer.alloc(8), 1.1]])
    t.is(predict(...args), bad, `${args.length}`);
  t.is(predict(Buffer.alloc(8 * 1_048_577)), -errorNumber.too_large);
  t.is(predict(Buffer.alloc(8 * 1_048_576), 1), undefined);
  await store.native.close();
});
