// The demonstration in miniature: it passes on a sound store, and it does not on a damaged one.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { run, type Ended } from './support/programs.js';
import { projectRoot } from './support/source-tree.js';
import { freshDirectory } from './support/stores.js';

interface Demo extends Ended {
  readonly report: string;
  /** What it left in its directory, beside the report. */
  readonly left: string[];
}

async function demo(...args: string[]): Promise<Demo> {
  const dir = freshDirectory();
  const report = join(dir, 'report.html');
  const small = [
    '--size',
    '4',
    '--seconds',
    '0.5',
    '--warm',
    '0.2',
    '--keep-cache',
    '--seed',
    '1',
    '--dir',
    dir,
    '--report',
    report,
  ];
  const ended = await run(join(projectRoot, 'dist/bench/demo/main.js'), ...small, ...args).ended;
  return { ...ended, report, left: readdirSync(dir).filter((name) => name !== 'report.html') };
}

function passes(t: ExecutionContext, { code, output, report, left }: Demo): void {
  t.is(code, 0, output);
  t.is(output.match(/ 0 lost; /g)?.length, 3, output);
  t.regex(output, /killed by SIGKILL/);
  t.regex(output, /Nothing acknowledged was lost, and every recovery came back in full/);
  t.deepEqual(left, []);
  const html = readFileSync(report, 'utf8');
  t.is(html.match(/<svg /g)?.length, 3);
  t.notRegex(html, /NaN|undefined|Infinity|FAILED/);
}

test.serial(
  'bundled records: nothing acknowledged is lost, three recoveries are drawn, no folder is left',
  async (t) => {
    const ended = await demo();
    passes(t, ended);
    t.regex(ended.output, /seed 1\n/);
  },
);

test.serial("a user's records", async (t) => {
  const events = join(freshDirectory(), 'events.ndjson.gz');
  const lines = Array.from({ length: 500 }, (_, i) => JSON.stringify({ i, text: 'x'.repeat(i) }));
  writeFileSync(events, gzipSync(lines.join('\n')));
  const ended = await demo('--events', events);
  passes(t, ended);
  t.regex(ended.output, /500 records of /);
});

test.serial("a user's trace", async (t) => {
  const trace = join(freshDirectory(), 'trace.csv.gz');
  const row = (i: number) => `${i},key ${(i * i) % 97},${i % 10 === 0 ? 'w' : 'r'},${(i % 3) * 100}`;
  writeFileSync(trace, gzipSync(['ts_ms,key,op,size', ...Array.from({ length: 2000 }, (_, i) => row(i))].join('\n')));
  const ended = await demo('--trace', trace, '--size', '1');
  passes(t, ended);
  t.regex(ended.output, /2,000 accesses to \d+ keys/);
});

test.serial('a deleted file of the log is noticed', async (t) => {
  const { code, output, left } = await demo('--sabotage', 'log');
  t.is(code, 1, output);
  t.regex(output, /FAILED \(/);
  t.deepEqual(left, []);
});

test.serial('an acknowledged write that is not there is noticed', async (t) => {
  const { code, output } = await demo('--sabotage', 'acks');
  t.is(code, 1, output);
  t.is(output.match(/ 1 acknowledged writes are lost/g)?.length, 3, output);
});

test.serial('an interrupted run leaves nothing behind', async (t) => {
  const dir = freshDirectory();
  const running = run(join(projectRoot, 'dist/bench/demo/main.js'), '--size', '4', '--dir', dir);
  await running.said('traffic:');
  running.process.kill('SIGINT');
  const { code, output } = await running.ended;
  t.is(code, 130, output);
  t.deepEqual(readdirSync(dir), []);
});

test.serial('--help shows examples, and misuse shows the help', async (t) => {
  const main = join(projectRoot, 'dist/bench/demo/main.js');
  const { code, output } = await run(main, '--help').ended;
  t.is(code, 0);
  t.regex(output, /Examples\n {2}npm start/);
  for (const args of [['--size', 'much'], ['--sabotage', 'all'], ['--events', 'a', '--trace', 'b'], ['--unknown']]) {
    const misused = await run(main, ...args).ended;
    t.is(misused.code, 2, args.join(' '));
    t.regex(misused.output, /Usage/);
  }
  const missing = await demo('--events', 'not-there');
  t.is(missing.code, 1);
  t.regex(missing.output, /There is no file not-there/);
  t.false(existsSync(missing.report));
});
