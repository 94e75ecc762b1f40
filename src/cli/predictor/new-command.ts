// foreshard predictor new NAME
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { foreshardError } from '../../errors/index.js';
import { definePredictor, type Role } from '../../predictor/index.js';
import { wordGiven, type Command, type OptionValues } from '../command.js';
import { scaffold } from './scaffold.js';

const roles: readonly Role[] = ['access', 'load', 'failure'];

/** Throws FORESHARD_BAD_ARGUMENT for a name that no predictor can have. */
function checkName(name: string): void {
  definePredictor({ name, role: 'access', columns: [], create: () => ({ predict: ({ rows }) => new Float32Array(rows) }) });
}

async function run(path: string, values: OptionValues): Promise<number> {
  const name = basename(path);
  checkName(name);
  const role = wordGiven(values, 'role', roles) ?? 'access';
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    throw foreshardError(error.code === 'EEXIST' ? 'exists' : 'io', `${path}: ${error.message}`, { path }, error);
  });
  for (const [file, text] of Object.entries(scaffold(name, role))) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text, { flag: 'wx' });
  }
  process.stdout.write(`${path} is there. Next:\n  cd ${path} && npm install && npm test\n  npm run check\n`);
  return 0;
}

export const predictorNew: Command = {
  name: 'predictor new',
  args: ['NAME'],
  about: 'make a folder with a predictor to begin from, in TypeScript, and its test',
  options: { role: { type: 'string', value: 'ROLE', about: `what it predicts: ${roles.join(', ')}; default access` } },
  examples: ['foreshard predictor new night-shift', 'foreshard predictor new queue-costs --role load'],
  run: ([name], values) => run(name!, values),
};
