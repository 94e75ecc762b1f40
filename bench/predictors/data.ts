// Where the public data is.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Misuse } from '../common/options.js';

const besideProject = resolve(fileURLToPath(new URL('../../..', import.meta.url)), '../shared/data');

/** The folder that was named, or the one beside the project. */
export function dataFolder(named: string | undefined): string {
  const folder = resolve(named ?? besideProject);
  if (existsSync(folder)) return folder;
  if (named !== undefined) throw new Misuse(`There is no folder ${named}.`);
  throw new Misuse('The public data is missing: it is not beside the project, and --data names no folder.');
}
