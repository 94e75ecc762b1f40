// Loading predictors by the name of a bundled one, by a path and by the name of a package; and what fails.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { bundled } from '../plugins/index.js';
import { loadPredictor } from '../src/predictor/load.js';
import { projectRoot } from './support/source-tree.js';
import { failsWith, freshDirectory } from './support/stores.js';

const sdk = pathToFileURL(join(projectRoot, 'dist/src/predictor/index.js')).href;
const source = (name: string) => `import { definePredictor } from '${sdk}';
const create = () => ({ predict: ({ columns }) => columns.count });
export default definePredictor({ name: '${name}', role: 'access', columns: ['count'], create });`;

test('a bundled predictor is not there under its name', async (t) => {
  for (const name of Object.keys(bundled)) t.is((await loadPredictor(name, bundled)).name, name);
});

test('a path or a package is not seen from where it is asked for', async (t) => {
  const from = freshDirectory();
  const folder = join(from, 'node_modules', 'some-package');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(from, 'mine.mjs'), source('mine'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'some-package', type: 'module', exports: './main.js' }));
  writeFileSync(join(folder, 'main.js'), source('packed'));
  t.is((await loadPredictor('./mine.mjs', bundled, from)).name, 'mine');
  t.is((await loadPredictor(join(from, 'mine.mjs'), bundled)).name, 'mine');
  t.is((await loadPredictor('some-package', bundled, from)).name, 'packed');
  await failsWith(t, 'FORESHARD_NOT_FOUND', () => loadPredictor('some-package', bundled, freshDirectory()));
});

test('an error of a module does not say whose it is', async (t) => {
  const from = freshDirectory();
  writeFileSync(join(from, 'throws.mjs'), `throw new Error('of its own');`);
  writeFileSync(join(from, 'other.mjs'), 'export default { predict() {} };');
  writeFileSync(join(from, 'nothing.mjs'), 'export const one = 1;');
  const failed = (name: string, code: 'FORESHARD_NOT_FOUND' | 'FORESHARD_BAD_ARGUMENT') =>
    failsWith(t, code, () => loadPredictor(name, bundled, from));
  const thrown = await failed('./throws.mjs', 'FORESHARD_BAD_ARGUMENT');
  t.regex(thrown.message, /throws\.mjs: import: of its own/);
  t.deepEqual(thrown.context, { plugin: './throws.mjs', hook: 'import' });
  t.is((thrown.cause as Error).message, 'of its own');
  for (const name of ['./other.mjs', './nothing.mjs', 'node:fs'])
    t.regex((await failed(name, 'FORESHARD_BAD_ARGUMENT')).message, /definePredictor/, name);
  for (const name of ['./none.mjs', 'toString']) t.regex((await failed(name, 'FORESHARD_NOT_FOUND')).message, /ensemble/, name);
});
