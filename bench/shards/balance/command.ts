// npm run bench:shards -- --balance: how soon shards are even.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { machine } from '../../common/machine.js';
import { numberIn, numberOf } from '../../common/options.js';
import { say, temporaryFolder, writeResult } from '../../common/run.js';
import { balance } from './balance.js';
import { balanceHtml, balanceTables } from './report.js';
import { keysMin, shardsIn, shardsMax } from '../limits.js';

const parse = (args: string[]) =>
  parseArgs({
    args,
    options: {
      balance: { type: 'boolean' },
      runs: { type: 'string', default: '3' },
      keys: { type: 'string', default: '1000000' },
      shards: { type: 'string', default: '16' },
      'max-shards': { type: 'string', default: '128' },
      seconds: { type: 'string', default: '2.5' },
      seed: { type: 'string', default: '1' },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'string', default: 'build/bench/shards-balance.json' },
      html: { type: 'string', default: 'build/bench/shards-balance.html' },
    },
  }).values;

export async function balanceCommand(args: string[]): Promise<void> {
  const values = parse(args);
  const shards = shardsIn(values.shards);
  const settings = {
    runs: numberIn(values, 'runs', 'runs'),
    keys: numberOf('keys', values.keys, keysMin, 1e9, true),
    valueBytes: 100,
    shards,
    maxShards: numberOf('max-shards', values['max-shards'], shards, shardsMax, true),
    phaseMs: 1000 * numberIn(values, 'seconds', 'seconds'),
    seed: numberIn(values, 'seed', 'seed'),
  };
  const runs = await balance({ ...settings, directory: temporaryFolder(values.dir), say });
  writeResult(values.json, JSON.stringify({ options: values, machine: machine(), runs }));
  writeResult(values.html, balanceHtml(machine(), runs));
  process.stdout.write(balanceTables(runs));
}
