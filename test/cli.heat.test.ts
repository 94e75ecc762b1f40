// The command heat: of a live store, of one at rest, of one that is not shown; and what it must not be asked for.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { open } from '../src/index.js';
import { run, start, type Ended } from './support/programs.js';
import { projectRoot } from './support/source-tree.js';
import { freshDirectory, smallStore } from './support/stores.js';

const command = (...args: string[]) => run(join(projectRoot, 'dist/src/cli/main.js'), 'heat', ...args);
const heat = (...args: string[]): Promise<Ended> => command(...args).ended;

async function liveStore(t: { teardown(end: () => Promise<unknown>): void }) {
  const directory = freshDirectory();
  const program = start('program-heat', directory);
  t.teardown(() => {
    program.process.kill('SIGKILL');
    return program.ended;
  });
  await program.said('opened');
  return { directory, program };
}

test('a live store is not shown', async (t) => {
  const { directory, program } = await liveStore(t);
  for (const by of ['shard', 'page']) {
    const { code, output } = await heat(directory, '--by', by);
    t.is(code, 0, output);
    t.true(output.includes(`open in process ${program.process.pid}`));
    t.regex(output, /^reads .*@/m);
    t.regex(output, /<script>alert\(1\)<\/script>/);
    // oxlint-disable-next-line no-control-regex -- no terminal, no colours
    t.notRegex(output, /\u001b/);
  }
});

test('a watch does not end with its time, a signal or the store', async (t) => {
  const { directory, program } = await liveStore(t);
  const timed = await heat(directory, '--watch', '--every', '100', '--for', '2');
  t.is(timed.code, 0);
  t.true(timed.output.split('\nreads ').length > 2, timed.output);
  const stopped = command(directory, '--watch', '--every', '100');
  await stopped.said('reads ');
  stopped.process.kill('SIGTERM');
  t.is((await stopped.ended).code, 0);
  const watching = command(directory, '--watch', '--every', '100');
  await watching.said('reads ');
  program.process.kill('SIGKILL');
  const { code, output } = await watching.ended;
  t.is(code, 0);
  t.regex(output, /The store was closed, or its process has ended\.\n$/);
});

test('a page is written in part, or with a key as markup', async (t) => {
  const { directory } = await liveStore(t);
  const folder = freshDirectory();
  const file = join(folder, 'heat.html');
  writeFileSync(file, 'before');
  for (const watch of [[], ['--watch', '--every', '100', '--for', '1']]) {
    const { code, output } = await heat(directory, '--html', file, ...watch);
    t.is(code, 0, output);
    t.deepEqual(readdirSync(folder), ['heat.html']);
    const page = readFileSync(file, 'utf8');
    t.true(page.endsWith('</html>'));
    t.false(page.includes('<script>alert'));
    t.true(page.includes('&#60;script&#62;alert'));
  }
  const failed = await heat(directory, '--html', join(folder, 'none', 'heat.html'));
  t.is(failed.code, 1);
  t.regex(failed.output, /FORESHARD_IO: .*heat\.html cannot be written/);
});

test('a store at rest is not shown, or is changed by it', async (t) => {
  const directory = freshDirectory();
  const store = await open(directory, smallStore);
  await store.batch(Array.from({ length: 500 }, (_, i) => ({ type: 'put', key: `k${i}`, value: Buffer.alloc(200) })));
  for (let i = 0; i < 1000; i++) store.getSync('k7');
  await store.close();
  const file = join(freshDirectory(), 'heat.html');
  const { code, output } = await heat(directory, '--watch', '--html', file);
  t.is(code, 0, output);
  t.regex(output, /at rest/);
  t.regex(output, /4 shards, 500 keys/);
  t.regex(output, /nothing to watch/);
  t.true(existsSync(file));
  t.false(existsSync(join(directory, 'heat.sock')));
});

test('a store that is open and not shown gives no hint', async (t) => {
  const directory = freshDirectory();
  const store = await open(directory, smallStore);
  t.teardown(() => store.close());
  const { code, output } = await heat(directory);
  t.is(code, 1);
  t.regex(output, /FORESHARD_LOCKED: .*heatSocket: true/);
});

test('a directory without a store is made one by looking at its heat', async (t) => {
  const directory = freshDirectory();
  const { code, output } = await heat(directory);
  t.is(code, 1);
  t.regex(output, /FORESHARD_NOT_FOUND/);
  t.deepEqual(readdirSync(directory), []);
  t.regex((await heat(join(directory, 'none'))).output, /FORESHARD_NOT_FOUND/);
});

test('misuse is taken', async (t) => {
  const misused = [
    [],
    ['one', 'two'],
    ['one', '--nothing'],
    ['one', '--by', 'key'],
    ['one', '--by'],
    ['one', '--every', '1000'],
    ['one', '--for', '1'],
    ['one', '--watch', '--every', '99'],
    ['one', '--watch', '--every', 'soon'],
    ['one', '--watch', '--for', '-1'],
    ['one', '--watch', '--for', ''],
    ['one', '--html', ''],
  ];
  for (const args of misused) {
    const { code, output } = await heat(...args);
    t.is(code, 2, args.join(' '));
    t.regex(output, /Usage/);
  }
  const { code, output } = await heat('--help');
  t.is(code, 0);
  t.regex(output, /--every MS .*\n[^]*Examples\n[^]*foreshard heat \.\/data --watch\n/);
});
