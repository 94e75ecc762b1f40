// npm run bench:shards -- FILE...: recorded loads, by shards that stay as they are and by shards that follow the load.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { Misuse, numberIn } from '../../common/options.js';
import { say, temporaryFolder, writeResult } from '../../common/run.js';
import { markdownTable } from '../../common/tables.js';
import { replay, type ReplayResult } from './replay.js';

const parse = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      shards: { type: 'string', default: '16' },
      windows: { type: 'string', default: '60' },
      scale: { type: 'string', default: '50' },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'string', default: 'build/bench/shards.json' },
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

const table = (results: readonly ReplayResult[]): string =>
  markdownTable({ head: columns.map(([name]) => name), rows: results.map((result) => columns.map(([, cell]) => cell(result))) });

export async function replayCommand(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (positionals.length === 0) throw new Misuse('Give a file, --balance or --split.');
  const settings = {
    directory: temporaryFolder(values.dir),
    shards: numberIn(values, 'shards', 'count'),
    windows: numberIn(values, 'windows', 'count'),
    scale: numberIn(values, 'scale', 'count'),
    say,
  };
  const results: ReplayResult[] = [];
  for (const file of positionals) {
    say(file);
    results.push(await replay(file, settings));
    writeResult(values.json, `${JSON.stringify(results, undefined, 1)}\n`);
  }
  process.stdout.write(`### Busiest shard over the mean\n\n${table(results)}\n`);
}
