// npm run bench:predictors -- --recoveries: what predictors are worth for a store that is killed under a recorded load.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../../common/machine.js';
import { dataFolder } from '../../common/public_data.js';
import { Misuse, numberIn, numberOf } from '../../common/options.js';
import { say, temporaryFolder, writeResult } from '../../common/run.js';
import { runRecoveries, type RecoveriesResult, type RecoveriesSettings } from './recoveries.js';
import { recoveriesNotes, recoveriesTables } from './report.js';

export const recoveriesHelp = `--recoveries: plays recorded accesses into a store, kills the process at several points, and counts
which of the next reads the fast-restore image has covered, without a predictor and with each of them.

  --traces T,...      names below DIR/traces, or files (default mooncake_conversation,cloudphysics_vm,orm_busy_noclock)
  --predictors P,...  none, or what open() takes (default none,decaying-average,successor,gradient-boosted,ensemble)
  --points N          crashes, from 30 % to 95 % of the trace (default 5)
  --rate N            accesses per second (default 2000); from one crash to the next it should take longer than the 16 s in
                      which all classes of the image are written
  --accesses N        of each trace, from its beginning (default 300000)
  --least B           bytes of a value, at least (default 16); at most they are 4096
  --fast S            fastBudget as a share of what all keys and values take (default 0.02)
  --memory B          memoryLimit in bytes (default 16 MiB)
  --segment B         segmentBytes (default 4 MiB)
  --seed N            of the keys (default 1)
  --dir DIR           where the stores go (default: the system's temporary directory)
  --json FILE         everything that was counted (default build/bench/predictors-recoveries.json)
`;

const parse = (args: string[]) =>
  parseArgs({
    args,
    options: {
      recoveries: { type: 'boolean' },
      data: { type: 'string' },
      traces: { type: 'string', default: 'mooncake_conversation,cloudphysics_vm,orm_busy_noclock' },
      predictors: { type: 'string', default: 'none,decaying-average,successor,gradient-boosted,ensemble' },
      points: { type: 'string', default: '5' },
      rate: { type: 'string', default: '2000' },
      accesses: { type: 'string', default: '300000' },
      least: { type: 'string', default: '16' },
      fast: { type: 'string', default: '0.02' },
      memory: { type: 'string', default: String(16 * 2 ** 20) },
      segment: { type: 'string', default: String(4 * 2 ** 20) },
      seed: { type: 'string', default: '1' },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'string', default: 'build/bench/predictors-recoveries.json' },
    },
  }).values;
type Values = ReturnType<typeof parse>;

const bytesMax = 4096;

const listOf = (text: string): string[] => text.split(',').filter((name) => name !== '');

/** A name stands for a file below the data's folder of traces. */
function fileOf(name: string, data: string | undefined): string {
  const file = existsSync(name) ? name : join(dataFolder(data), 'traces', `${name}.csv.gz`);
  if (!existsSync(file)) throw new Misuse(`--traces: there is no ${name}, nor ${file}.`);
  return file;
}

function settingsOf(values: Values, file: string, directory: string): RecoveriesSettings {
  const predictors = listOf(values.predictors);
  if (predictors.length === 0) throw new Misuse('--predictors names none.');
  return {
    directory,
    trace: {
      name: basename(file).replace(/\.csv(\.gz)?$/, ''),
      file,
      accesses: numberIn(values, 'accesses', 'count'),
      bytesMin: numberOf('least', values.least, 16, bytesMax, true),
      bytesMax,
      seed: numberIn(values, 'seed', 'seed'),
    },
    predictors,
    points: numberIn(values, 'points', 'runs'),
    rate: numberIn(values, 'rate', 'count'),
    fastShare: numberIn(values, 'fast', 'share'),
    memoryLimit: numberIn(values, 'memory', 'bytes'),
    segmentBytes: numberOf('segment', values.segment, 2 ** 20, 2 ** 26, true),
    say,
  };
}

export async function recoveriesCommand(args: string[]): Promise<void> {
  const values = parse(args);
  const files = listOf(values.traces).map((name) => fileOf(name, values.data));
  const directory = temporaryFolder(values.dir);
  const all = files.map((file) => settingsOf(values, file, directory));
  const results: RecoveriesResult[] = [];
  for (const settings of all) {
    results.push(await runRecoveries(settings));
    writeResult(values.json, `${JSON.stringify({ machine: machine(), settings: all, results }, undefined, 1)}\n`);
    process.stdout.write(`${recoveriesTables(results.at(-1)!)}\n`);
  }
  process.stdout.write(recoveriesNotes);
}
