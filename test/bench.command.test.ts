// The command lines of the benchmarks: what is wrong is said, and an interrupted benchmark leaves nothing behind.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { freshDirectory } from './support/stores.js';

const programs = join(dirname(fileURLToPath(import.meta.url)), '../bench');
const programOf = (name: string) => join(programs, name, 'main.js');

const misuses = [
  { program: 'compare', args: ['--runs', 'x'], names: '--runs' },
  { program: 'compare', args: ['--keys', '1.5'], names: '--keys' },
  { program: 'compare', args: ['--cache', '-1'], names: '--cache' },
  { program: 'compare', args: ['--workloads', 'put-1-100B,nothing'], names: 'nothing' },
  { program: 'compare', args: ['--bogus'], names: '--bogus' },
  { program: 'costs', args: ['--passes', '1'], names: '--passes' },
  { program: 'predictors', args: [], names: '--load' },
  { program: 'predictors', args: ['--load', '--data', 'nowhere'], names: 'nowhere' },
  { program: 'predictors', args: ['--load', '--runs', '2'], names: '--runs' },
  { program: 'shards', args: [], names: 'file' },
  { program: 'shards', args: ['--balance', '--runs', '0'], names: '--runs' },
  { program: 'shards', args: ['--balance', '--shards', '16', '--max-shards', '8'], names: '--max-shards' },
  { program: 'shards', args: ['--balance', '--window', '500'], names: '--window' },
  { program: 'shards', args: ['--split', '--window', '1'], names: '--window' },
  { program: 'shards', args: ['--split', '--balance'], names: '--balance' },
  { program: 'trees', args: ['--leaves', '1'], names: '--leaves' },
  { program: 'trees', args: ['--sets', 'nothing'], names: 'nothing' },
  { program: 'figures', args: ['open', '--seconds', ''], names: '--seconds' },
];

for (const { program, args, names } of misuses) {
  test(`a wrong command line is not refused: ${program} ${args.join(' ')}`, (t) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [programOf(program), ...args], { encoding: 'utf8' });
    t.is(status, 2, stderr);
    t.true(stderr.includes(names), stderr);
    t.is(stdout, '');
  });
}

test('an interrupted benchmark leaves its folder or its processes behind', async (t) => {
  const dir = freshDirectory();
  const args = ['--peers', 'foreshard', '--workloads', 'load-100B,put-1000-100B', '--keys', '20000', '--seconds', '60'];
  const bench = spawn(process.execPath, [programOf('compare'), ...args, '--dir', dir], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(bench.stderr, 'data'); // the load is over: the puts begin
  await sleep(300);
  t.is(readdirSync(dir).length, 1);
  bench.kill('SIGINT');
  const [code] = (await once(bench, 'exit')) as [number];
  t.is(code, 130);
  t.deepEqual(readdirSync(dir), []);
  await sleep(100);
  t.deepEqual(readdirSync(dir), [], 'something still writes');
});
