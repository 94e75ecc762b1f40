// Stores for tests: in directories of their own, on each I/O backend that this machine has, small and quick to open.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** FORESHARD_IO names one; else all that work here. */
export const backends: readonly Backend[] =
  process.env['FORESHARD_IO'] === undefined
    ? (await ringWorks())
      ? ['ring', 'pool']
      : ['pool']
    : [process.env['FORESHARD_IO'] as Backend];

/** Opens the test's store, again and again if need be: always the same directory. */
export type Reopen = <V = Buffer, K = string>(options?: OpenOptions<V>) => Promise<Store<V, K>>;

export interface StoreTest {
  readonly directory: string;
  readonly io: Backend;
  readonly open: Reopen;
}

/** A test on each backend. Stores that it leaves open are closed. */
export function eachBackend(name: string, run: (t: ExecutionContext, store: StoreTest) => Promise<void>): void {
  for (const io of backends) {
    test(`${name} (${io})`, async (t) => {
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

/** All that an async iterable gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
