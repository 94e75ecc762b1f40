// npm run bench:native -- [options]: the engine without Node, each measure beside what the machine gives without it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../common/machine.js';
import { nativeHtml } from './html.js';
import { runProgram } from './program.js';
import { table } from './report.js';

const help = `Usage: npm run bench:native -- [options]

Measures the engine without Node, and just before each sample what the machine gives without the engine: raw writes and
reads with O_DIRECT, memcpy, a bare durable write. Shares are medians over the pairs, with least and greatest.

  --groups NAME,...   append, commit, hash, table, checkpoint, replay (default: all)
  --repetitions N     (default 5)
  --append-bytes B    of keys and values, for each repetition (default 512 MiB)
  --commits N         one after the other, for each repetition (default 2000)
  --hash-bytes B      for each repetition (default 1 GiB)
  --keys N            of the table and the checkpoints, with values of 84 B (default 5000000)
  --lookups N         for each repetition (default 2000000)
  --tail-records N    replayed, at most 490000 (default 450000)
  --io KIND           auto, ring or pool (default auto)
  --seed N            (default 1)
  --dir DIR           on the device that is to be measured (default: the system's temporary directory)
  --json FILE         everything that was measured (default build/bench/native.json)
  --html FILE         the same as a page with charts (default build/bench/native.html)

Examples:
  npm run bench:native
  npm run bench:native -- --groups append,commit --dir /mnt/nvme --repetitions 9
  npm run bench:native -- --groups table --keys 20000000
`;

const text = { type: 'string' } as const;

const readOptions = () =>
  parseArgs({
    options: {
      groups: text,
      repetitions: text,
      'append-bytes': text,
      commits: text,
      'hash-bytes': text,
      keys: text,
      lookups: text,
      'tail-records': text,
      io: text,
      seed: text,
      dir: { ...text, default: tmpdir() },
      json: { ...text, default: 'build/bench/native.json' },
      html: { ...text, default: 'build/bench/native.html' },
      help: { type: 'boolean', default: false },
    },
  }).values;

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

async function main(): Promise<void> {
  const { help: wantsHelp, json, html, ...options } = readOptions();
  if (wantsHelp) return void process.stdout.write(help);
  const measured = await runProgram(options, true);
  const where = machine();
  write(json, JSON.stringify({ machine: where, options, ...measured }));
  write(html, nativeHtml(where, measured));
  process.stdout.write(`${where}\n\n${table(measured.figures)}`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
