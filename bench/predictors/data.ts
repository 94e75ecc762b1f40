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
  throw new Misuse(named === undefined ? 'The public data is not beside the project: name its folder by --data.' : `There is no folder ${named}.`);
}
