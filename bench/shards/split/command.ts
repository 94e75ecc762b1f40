// npm run bench:shards -- --split: what a full load notices of splits and merges, and how well shards are cut.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { machine } from '../../common/machine.js';
import { numberIn, numberOf } from '../../common/options.js';
import { say, temporaryFolder, writeResult } from '../../common/run.js';
import { keysMin, shardsIn } from '../limits.js';
import { split } from './split.js';
import { splitHtml, splitTables } from './report.js';

const windowsInRound = 4;

const parse = (args: string[]) =>
  parseArgs({
    args,
    options: {
      split: { type: 'boolean' },
      runs: { type: 'string', default: '1' },
      keys: { type: 'string', default: '5000000' },
      shards: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '60' },
      window: { type: 'string', default: '500' },
      'warm-up': { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'string', default: 'build/bench/shards-split.json' },
      html: { type: 'string', default: 'build/bench/shards-split.html' },
    },
  }).values;

export async function splitCommand(args: string[]): Promise<void> {
  const values = parse(args);
  const windowMs = numberOf('window', values.window, 10, 60_000, true);
  const settings = {
    runs: numberIn(values, 'runs', 'runs'),
    keys: numberOf('keys', values.keys, keysMin, 1e9, true),
    valueBytes: 100,
    shards: shardsIn(values.shards),
    windowMs,
    rounds: Math.max(1, Math.round((1000 * numberIn(values, 'seconds', 'seconds')) / (windowsInRound * windowMs))),
    warmUpMs: 1000 * numberIn(values, 'warm-up', 'seconds'),
    seed: numberIn(values, 'seed', 'seed'),
  };
  const runs = await split({ ...settings, directory: temporaryFolder(values.dir), say });
  writeResult(values.json, JSON.stringify({ options: values, machine: machine(), runs }));
  writeResult(values.html, splitHtml(machine(), windowMs, runs));
  process.stdout.write(splitTables(runs));
}
