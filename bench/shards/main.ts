// npm run bench:shards -- FILE...: recorded loads, by shards that stay as they are and by shards that follow the load.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { Misuse, numberIn } from '../common/options.js';
import { runProgram, say, temporaryFolder, writeResult } from '../common/run.js';
import { replay, type ReplayResult } from './replay.js';

const help = `Usage: npm run bench:shards -- FILE... [options]

Plays recorded loads into a store, in virtual time, and tells how much more the busiest shard had than the mean: with shards that
stay as they are, and with shards that are split, shifted and merged by the load. A file is CSV, packed with gzip or not: a trace
(ts_ms,key,op,size), or, if its name has all_clients in it, a table (ts in seconds, and a column of requests a second for each client).

  --shards N    to begin with, and at most (default 16)
  --windows N   that the load is cut into; the shards at the beginning of one stand for all of it (default 60)
  --scale N     of a table, one access stands for so many requests (default 50)
  --dir DIR     where the stores go (default: the system's temporary directory)
  --json FILE   everything that was measured (default build/bench/shards.json)

Examples
  npm run bench:shards -- accesses.csv.gz
  npm run bench:shards -- --shards 8 accesses.csv.gz llm_all_clients.csv
`;

const parse = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      shards: { type: 'string', default: '16' },
      windows: { type: 'string', default: '60' },
      scale: { type: 'string', default: '50' },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'string', default: 'build/bench/shards.json' },
      help: { type: 'boolean', default: false },
    },
  });

const columns: [string, (result: ReplayResult) => string][] = [
  ['load', ({ load }) => load],
  ['accesses', ({ accesses }) => accesses.toLocaleString('en')],
  ['hours', ({ hours }) => hours.toFixed(1)],
  ['static', ({ staticRatio }) => staticRatio.toFixed(2)],
  ['dynamic', ({ dynamicRatio }) => dynamicRatio.toFixed(2)],
  ['its floor', ({ dynamicFloor }) => dynamicFloor.toFixed(2)],
  ['shards at the end', ({ shardsAtEnd }) => String(shardsAtEnd)],
  ['splits', ({ splits }) => String(splits)],
  ['merges', ({ merges }) => String(merges)],
  ['undone within 10 min', ({ undone }) => String(undone)],
  ['MB with a new owner', ({ movedBytes }) => (movedBytes / 1e6).toFixed(1)],
  ['over the least', ({ movedBytes, leastBytes }) => (leastBytes > 0 ? (movedBytes / leastBytes).toFixed(2) : '-')],
];

function table(results: readonly ReplayResult[]): string {
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(columns.map(([name]) => name)),
    row(columns.map(() => '---')),
    ...results.map((result) => row(columns.map(([, cell]) => cell(result)))),
  ].join('\n');
}

await runProgram(async () => {
  const { values, positionals } = parse();
  if (values.help) return void process.stdout.write(help);
  if (positionals.length === 0) throw new Misuse('Give a file.');
  const directory = temporaryFolder(values.dir);
  const shards = numberIn(values, 'shards', 'count');
  const settings = { directory, shards, windows: numberIn(values, 'windows', 'count'), scale: numberIn(values, 'scale', 'count'), say };
  const results: ReplayResult[] = [];
  for (const file of positionals) {
    say(file);
    results.push(await replay(file, settings));
    writeResult(values.json, `${JSON.stringify(results, undefined, 1)}\n`);
  }
  process.stdout.write(`### Busiest shard over the mean\n\n${table(results)}\n`);
});
