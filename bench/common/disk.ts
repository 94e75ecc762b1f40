// What a store takes on disk, and what a process has written.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that a file, or all that is below a folder, takes on disk. A file that goes meanwhile counts as gone. */
export function allocatedBytes(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  const inside = stat.isDirectory() ? readdirSync(path).map((name) => allocatedBytes(join(path, name))) : [];
  return inside.reduce((sum, bytes) => sum + bytes, stat.blocks * 512);
}

/** Of it, copies that recovery uses: Foreshard's fast tier, where it lies in the store's folder. */
export const fastTierBytes = (directory: string): number => allocatedBytes(join(directory, 'fast'));

/** Bytes that this process has sent to block devices so far. */
export const writtenBytes = (): number => Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))![1]);
