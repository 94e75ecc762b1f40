// The command line.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { open } from '../src/index.js';
import { run } from './support/programs.js';
import { projectRoot } from './support/source-tree.js';
import { freshDirectory, smallStore } from './support/stores.js';

const foreshard = (...args: string[]) => run(join(projectRoot, 'dist/src/cli/main.js'), ...args).ended;

async function filledStore(): Promise<string> {
  const directory = freshDirectory();
  const store = await open(directory, smallStore);
  await store.batch(
    Array.from({ length: 500 }, (_, i) => ({ type: 'put', key: `k${i}`, value: Buffer.alloc(200, i) })),
  );
  await store.close();
  return directory;
}

test('--help shows examples, and misuse shows the help', async (t) => {
  const { code, output } = await foreshard('--help');
  t.is(code, 0);
  t.regex(output, /Examples\n {2}foreshard stats/);
  for (const args of [[], ['nothing'], ['stats'], ['backup', 'one'], ['stats', 'one', 'two'], ['--unknown']]) {
    const misused = await foreshard(...args);
    t.is(misused.code, 2, args.join(' '));
    t.regex(misused.output, /Usage/);
  }
  t.regex((await foreshard('--version')).output, /^\d+\.\d+\.\d+\n$/);
});

test('stats prints JSON', async (t) => {
  const { code, output } = await foreshard('stats', await filledStore());
  t.is(code, 0);
  t.is((JSON.parse(output) as { stats: { entries: number } }).stats.entries, 500);
});

test('verify finds a sound store sound', async (t) => {
  const { code, output } = await foreshard('verify', await filledStore());
  t.deepEqual([code, output.split('\n')[0]?.startsWith('500 records')], [0, true], output);
});

test('verify reports a damaged record', async (t) => {
  const directory = await filledStore();
  const log = readdirSync(directory).find(
    (name) => name.endsWith('.seg') && readFileSync(join(directory, name)).includes('k250'),
  )!;
  const bytes = readFileSync(join(directory, log));
  bytes[bytes.indexOf('k250') + 20]! ^= 0xff;
  writeFileSync(join(directory, log), bytes);
  const { code, output } = await foreshard('verify', directory);
  t.is(code, 1, output);
  t.regex(output, /damaged: \{/);
});

test('backup copies a store', async (t) => {
  const to = join(freshDirectory(), 'copy');
  t.is((await foreshard('backup', await filledStore(), to)).code, 0);
  t.is((JSON.parse((await foreshard('stats', to)).output) as { stats: { entries: number } }).stats.entries, 500);
});

test('a directory without a store is not made one', async (t) => {
  const directory = freshDirectory();
  const { code, output } = await foreshard('stats', directory);
  t.is(code, 1);
  t.regex(output, /FORESHARD_/);
  t.deepEqual(readdirSync(directory), []);
});
