// The author's way to a predictor: a folder to begin from, and the check of what a host relies on.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { run } from './support/programs.js';
import { projectRoot } from './support/source-tree.js';
import { freshDirectory } from './support/stores.js';

const main = join(projectRoot, 'dist/src/cli/main.js');
const check = (path: string, ...args: string[]) => run(main, 'predictor', 'test', path, ...args).ended;

/** Installs the project and the types that the folder asks for, as npm would. */
function install(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(projectRoot, join(folder, 'node_modules/foreshard'));
  symlinkSync(join(projectRoot, 'node_modules/@types'), join(folder, 'node_modules/@types'));
}

for (const role of ['access', 'load', 'failure'])
  test(`a new predictor of ${role} cannot be built, fails its own test, or breaks a promise`, async (t) => {
    const folder = join(freshDirectory(), 'my-own');
    const made = await run(main, 'predictor', 'new', folder, '--role', role).ended;
    t.is(made.code, 0, made.output);
    install(folder);
    const built = await run(join(projectRoot, 'node_modules/typescript/bin/tsc'), '-p', folder).ended;
    t.is(built.code, 0, built.output);
    const tested = await run('--test', join(folder, 'dist/test/index.test.js')).ended;
    t.is(tested.code, 0, tested.output);
    const checked = await check(join(folder, 'dist/src/index.js'));
    t.is(checked.code, 0, checked.output);
    t.regex(checked.output, new RegExp(`^my-own \\(${role}, version 1\\)\n`));
    t.regex(checked.output, / kept, 0 broken\n$/);
  });

test('a folder that is there is written into, or a bad name taken', async (t) => {
  const folder = join(freshDirectory(), 'taken');
  mkdirSync(folder);
  const taken = await run(main, 'predictor', 'new', folder).ended;
  t.is(taken.code, 1);
  t.regex(taken.output, /FORESHARD_EXISTS/);
  const bad = await run(main, 'predictor', 'new', join(freshDirectory(), 'Bad_Name')).ended;
  t.is(bad.code, 1);
  t.regex(bad.output, /FORESHARD_BAD_ARGUMENT.*small letters/);
  const role = await run(main, 'predictor', 'new', join(freshDirectory(), 'good'), '--role', 'weather').ended;
  t.is(role.code, 2);
});

/** A module of a predictor whose hooks are these. */
function moduleOf(hooks: string): string {
  const file = join(freshDirectory(), 'predictor.mjs');
  const sdk = join(projectRoot, 'dist/src/predictor/index.js');
  const start = `import { definePredictor } from ${JSON.stringify(sdk)};\nlet calls = 0;\n`;
  const predict = 'predict: ({ rows }) => new Float32Array(rows)';
  const definition = `{ name: 'broken', role: 'access', columns: ['age'], create: () => ({ ${predict}, ${hooks} }) }`;
  writeFileSync(file, `${start}export default definePredictor(${definition});\n`);
  return file;
}

const broken: Record<string, [hooks: string, said: RegExp]> = {
  throws: ["predict() { throw new Error('no idea'); }", /BROKEN {2}predicts before it has learned anything: Error: no idea/],
  'gives NaN': ['predict: ({ rows }) => new Float32Array(rows).fill(NaN)', /BROKEN {2}predicts before.*NaN for row 0/],
  'gives too few numbers': ['predict: () => new Float32Array(2)', /BROKEN {2}predicts before.*2 numbers for 300 rows/],
  'gives a list': ['predict: ({ rows }) => Array(rows).fill(0)', /BROKEN {2}predicts before.*Float32Array/],
  hangs: ['learn() { for (;;); }', /BROKEN {2}predicts no rows, one row and many: not done after 5 s/],
  'never settles': ['learn: () => new Promise(() => {})', /BROKEN {2}predicts no rows, one row and many: /],
  'ends its process': ['learn() { process.exit(0); }', /BROKEN {2}predicts no rows, one row and many: it ended its thread/],
  'eats memory': [
    "learn() { for (const all = []; ; ) all.push(Array(1e5).fill(all.length)); }",
    /BROKEN {2}predicts no rows.*memory/,
  ],
  'changes its input': ['predict: ({ columns }) => columns.age.fill(1)', /BROKEN {2}leaves alone what it is given: .*column age/],
  'is random': [
    'predict: ({ rows }) => Float32Array.from({ length: rows }, Math.random)',
    /BROKEN {2}gives the same for the same seed/,
  ],
  'forgets when saved': [
    'predict: ({ rows }) => new Float32Array(rows).fill(calls++), save: () => new Uint8Array(1), load() {}',
    /BROKEN {2}predicts the same when what it saved is loaded/,
  ],
  'proposes too much': ['propose: (limit) => new Float64Array(limit + 1)', /BROKEN {2}proposes at most.*51 keys/],
};

for (const [what, [hooks, said]] of Object.entries(broken))
  test(`a predictor that ${what} is taken for a good one`, async (t) => {
    const { code, output } = await check(moduleOf(hooks), '--timeout', what === 'hangs' ? '5' : '30');
    t.is(code, 1, output);
    t.regex(output, said);
  });

test('what cannot be loaded is not named', async (t) => {
  const missing = await check('./nowhere.js');
  t.is(missing.code, 1);
  t.regex(missing.output, /FORESHARD_NOT_FOUND.*nowhere\.js/);
  const file = join(freshDirectory(), 'none.mjs');
  writeFileSync(file, 'export default 1;\n');
  t.regex((await check(file)).output, /FORESHARD_BAD_ARGUMENT.*definePredictor/);
  t.is((await check('ensemble', '--settings', '[]')).code, 2);
});

test('the beginning of a predictor does not say how to go on', async (t) => {
  const folder = join(freshDirectory(), 'next');
  const { output } = await run(main, 'predictor', 'new', folder).ended;
  t.regex(output, /npm install && npm test\n/);
  t.regex(readFileSync(join(folder, 'README.md'), 'utf8'), /predictor backtest/);
});
