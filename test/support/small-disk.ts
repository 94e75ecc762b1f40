// A file system that is soon full: an ext4 image on a loop device, or where that is refused a tmpfs. Takes root.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  readonly directory: string;
  readonly kind: 'ext4' | 'tmpfs';
  unmount(): void;
}

function succeeds(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function mountImage(image: string, directory: string, bytes: number): boolean {
  writeFileSync(image, '');
  truncateSync(image, bytes);
  return succeeds('mkfs.ext4', '-q', '-F', '-m', '0', image) && succeeds('mount', '-o', 'loop', image, directory);
}

/** Mounted below `place`; undefined where mounting is not permitted. */
export function mountSmallDisk(place: string, bytes: number): SmallDisk | undefined {
  const [image, directory] = [join(place, 'disk.img'), join(place, 'disk')];
  mkdirSync(directory);
  const unmount = () => {
    if (!succeeds('umount', directory)) succeeds('umount', '-l', directory);
    rmSync(image, { force: true });
  };
  if (mountImage(image, directory, bytes)) return { directory, kind: 'ext4', unmount };
  if (succeeds('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory)) return { directory, kind: 'tmpfs', unmount };
  rmSync(image, { force: true });
  return undefined;
}
