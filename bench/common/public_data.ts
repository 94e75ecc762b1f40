// Where the public data is, and its files.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linesOf } from '../demo/records.js';
import { Misuse } from './options.js';

/** The folder beside that of the project. */
export const dataBesideProject = resolve(fileURLToPath(new URL('../../..', import.meta.url)), '../shared/data');

/** The folder that was named, or the one beside the project. Throws Misuse if it is not there. */
export function dataFolder(named: string | undefined): string {
  const folder = resolve(named ?? dataBesideProject);
  if (existsSync(folder)) return folder;
  if (named !== undefined) throw new Misuse(`There is no folder ${named}.`);
  throw new Misuse('The public data is missing: it is not beside the project. Say with --data DIR where it is.');
}

/** The lines of one of its files. Throws Misuse if it is not there. */
export function dataLines(folder: string, name: string): string[] {
  const file = join(folder, name);
  if (!existsSync(file)) throw new Misuse(`The data is missing: there is no ${file}. Say with --data DIR where it is.`);
  return linesOf(file);
}
