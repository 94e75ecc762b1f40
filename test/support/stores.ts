// Stores for tests: in directories of their own, on each I/O backend that this machine has, small and quick to open.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { ForeshardError, open, type ErrorCode, type OpenOptions, type Store } from '../../src/index.js';
import { smallStore } from './stores-options.js';

export { smallStore };

export type Backend = 'ring' | 'pool';

/** A new directory; it goes when the tests of the file have ended. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'foreshard-test-'));
  directories.push(directory);
  return directory;
}

const directories: string[] = [];
test.after.always('remove directories', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

async function ringWorks(): Promise<boolean> {
  const directory = freshDirectory();
  try {
    await (await open(directory, { ...smallStore, io: 'ring' })).close();
    return true;
  } catch (error) {
    if ((error as ForeshardError).code === 'FORESHARD_UNSUPPORTED') return false;
    throw error;
  }
}

/** FORESHARD_IO names one; else both. */
const { FORESHARD_IO: chosen } = process.env;
const backends: readonly Backend[] = chosen === undefined ? ['ring', 'pool'] : [chosen as Backend];
let ringIsThere: Promise<boolean> | undefined;

/** Opens the test's store, again and again if need be: always the same directory. */
export type Reopen = <V = Buffer, K = string>(options?: OpenOptions<V>) => Promise<Store<V, K>>;

export interface StoreTest {
  readonly directory: string;
  readonly io: Backend;
  readonly open: Reopen;
}

/** A test on each backend that this machine has. Stores that it leaves open are closed. */
export function eachBackend(name: string, run: (t: ExecutionContext, store: StoreTest) => Promise<void>): void {
  for (const io of backends) {
    test(`${name} (${io})`, async (t) => {
      if (io === 'ring' && !(await (ringIsThere ??= ringWorks())))
        return void t.pass('io_uring is refused on this machine');
      const directory = freshDirectory();
      const opened: Store<never, never>[] = [];
      t.teardown(() => Promise.all(opened.map((store) => store.close())));
      const reopen = async (options: object = {}) => {
        const store = (await open(directory, { ...smallStore, io, ...options })) as unknown as Store<never, never>;
        opened.push(store);
        return store;
      };
      await run(t, { directory, io, open: reopen as unknown as Reopen });
    });
  }
}

/** The promise, or the call, fails with this code. Answers the error. */
export async function failsWith(
  t: ExecutionContext,
  code: ErrorCode,
  act: Promise<unknown> | (() => unknown),
  message?: string,
): Promise<ForeshardError> {
  const error = (await (async () => (typeof act === 'function' ? act() : act))().then(
    (result) => t.fail(`${message ?? 'it'} should have failed with ${code}, but answered ${String(result)}`),
    (thrown: unknown) => thrown,
  )) as ForeshardError;
  t.true(error instanceof ForeshardError, `${message ?? ''} ${String(error)}`);
  t.is(error.code, code, message);
  return error;
}

/** Equal, whatever the order of sets and maps; without printing what is too much to read. */
export function same(t: ExecutionContext, actual: unknown, expected: unknown, what: string): void {
  t.true(isDeepStrictEqual(actual, expected), what);
}

/** All that an async iterable gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
