// Where the demonstration works: a folder of its own that goes again, on a disk with enough room; copies of the crashed
// store; the page cache.
import {
  closeSync,
  constants,
  cpSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { megabyte } from './options.js';

/** Seen from dist/bench/demo. */
const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const buildDirectory = join(projectRoot, 'build');

/** Numbers of file systems that lie in memory, from linux/magic.h. */
const inMemory = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

export interface Place {
  readonly directory: string;
  readonly workload: string;
  readonly store: string;
  readonly copy: string;
  readonly journal: string;
  /** Whether it lies in memory: then nothing is as slow as a disk. */
  readonly memoryFileSystem: string | undefined;
  remove(): void;
}

export function makePlace(parent: string): Place {
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'demo-'));
  const at = (name: string) => join(directory, name);
  return {
    directory,
    workload: at('workload'),
    store: at('store'),
    copy: at('copy'),
    journal: at('acknowledged'),
    memoryFileSystem: inMemory.get(statfsSync(directory).type),
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

const storeOverheadBytes = 450 * megabyte; // reserve, segments made ahead, fast-restore images
const growth = 1.6; // updates, indexes

/** The crashed store and one copy must fit. */
export function checkRoom(directory: string, dataBytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const [free, needed] = [bavail * bsize, 2 * (dataBytes * growth + storeOverheadBytes)];
  if (free >= needed) return;
  const mb = (bytes: number) => `${Math.ceil(bytes / megabyte)} MB`;
  throw new Error(
    `${directory} has ${mb(free)} free, ${mb(needed)} are needed: free space, or choose another --dir or a smaller --size.`,
  );
}

function filesIn(directory: string): string[] {
  const paths = readdirSync(directory, { recursive: true }).map((path) => join(directory, String(path)));
  return paths.filter((path) => statSync(path).isFile());
}

export function bytesIn(directory: string): number {
  return filesIn(directory).reduce((sum, file) => sum + statSync(file).size, 0);
}

function flushFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** A fresh copy of the crashed store, on the disk as a whole. */
export function copyStore({ store, copy }: Place): void {
  rmSync(copy, { recursive: true, force: true });
  cpSync(store, copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
  for (const file of filesIn(copy)) flushFile(file);
}

/** Removes the file of the log in the middle: it holds what was acknowledged. */
export function deleteOfLog({ store }: Place): string {
  const segments = readdirSync(store)
    .filter((name) => name.endsWith('.seg'))
    .toSorted();
  const victim = segments[Math.floor((segments.length - 1) / 2)]!;
  unlinkSync(join(store, victim));
  return victim;
}

/** Drops the page cache of the machine, as far as it is flushed; needs root on Linux. Answers whether it could. */
export function dropPageCache(): boolean {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}
