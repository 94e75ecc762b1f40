// The command line of the demonstration.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Misuse, numberOf } from '../common/options.js';
import { traceValueMax } from './trace.js';

export const sabotages = ['log', 'acks'] as const;
export type Sabotage = (typeof sabotages)[number];

export interface Options {
  readonly events: string | undefined;
  readonly trace: string | undefined;
  readonly sizeBytes: number;
  readonly seconds: number;
  readonly theta: number;
  readonly writeShare: number | undefined;
  readonly lanes: number;
  readonly repeat: number;
  readonly warmSeconds: number;
  readonly seed: number;
  readonly dir: string | undefined;
  readonly report: string | undefined;
  readonly keep: boolean;
  readonly keepCache: boolean;
  readonly sabotage: Sabotage | undefined;
}

export const megabyte = 1e6;
export const defaultWriteShare = 0.05;
const defaults = { size: 300, seconds: 12, zipf: 0.99, repeat: 1, warm: 1.5, lanes: 256 };

export const help = `Shows that a Foreshard store loses nothing in a crash, and how soon it is fast again.

A process loads real records into a store, then reads and writes with many requests under way. In the middle it is
killed (SIGKILL). Its store is then recovered in three ways, each on a copy and in a fresh process that serves reads from
the first moment on: with fast-restore checkpoints, with standard checkpoints only, and from the log only. After each,
every write that had been acknowledged is compared with the store.

Usage
  npm start                       with bundled records, about a minute
  npm start -- [options]

Data
  --events FILE      records of your own: JSON lines, one record a line (.ndjson or .ndjson.gz)
  --trace FILE       accesses of your own: CSV (.csv or .csv.gz) with the header ts_ms,key,op,size; op is r or w, size is
                     in bytes, of which at most ${traceValueMax} are kept. Before the crash it is played from its beginning, after
                     the crash it goes on where it was. Sizes of 0 take those of the bundled records
  --size MB          size of the data, in 10^6 bytes; keys are multiplied until they fill it. Default: ${defaults.size}
  --zipf X           skew of the accesses without a trace, 0 (none) to 0.99. Default: ${defaults.zipf}
  --writes X         share of writes, 0 to 1. Default: ${defaultWriteShare}; with a trace that has writes, its own

Run
  --seconds N        seconds of traffic before the crash, within a tenth. Default: ${defaults.seconds}
  --lanes N          requests under way at a time, 1 to 10000. Default: ${defaults.lanes}
  --repeat N         recover N times in each way, and show medians. Default: ${defaults.repeat}
  --warm N           seconds that a recovered store goes on serving, for its warm rate. Default: ${defaults.warm}
  --seed N           seed of accesses and of the moment of the crash. Default: drawn, and shown
  --dir DIR          work in a new folder in DIR; it should be on a real disk. Default: the folder build of this project
  --report FILE      write charts and figures to FILE, as HTML. Default: build/demo-report.html
  --keep             keep the folder with the crashed store and the journal of acknowledged writes
  --keep-cache       leave the page cache as it is; it is dropped before each recovery, for all programs, if permitted
  --sabotage WHAT    prove that the check notices: 'log' deletes a file of the crashed store's log, 'acks' claims a
                     write that never was. The exit code must be 1 then
  -h, --help         print this

The exit code is 0 if nothing acknowledged was lost and every recovery came back in full, 1 if not, 2 for misuse.

Examples
  npm start -- --seed 7 --size 1000 --repeat 3
  npm start -- --events clicks.ndjson.gz --report clicks.html
  npm start -- --trace accesses.csv.gz --seconds 30
  npm start -- --size 20 --seconds 2 --sabotage log
`;

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    events: text,
    trace: text,
    size: text,
    zipf: text,
    writes: text,
    seconds: text,
    lanes: text,
    repeat: text,
    warm: text,
    seed: text,
    dir: text,
    report: text,
    sabotage: text,
    keep: flag,
    'keep-cache': flag,
    help: { ...flag, short: 'h' },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
}

/** The options; nothing if help was asked for. */
export function readOptions(args: string[]): Options | undefined {
  const given = parse(args);
  if (given.help) return undefined;
  if (given.events !== undefined && given.trace !== undefined) throw new Misuse('Give --events or --trace, not both.');
  const sabotage = sabotages.find((one) => one === given.sabotage);
  if (sabotage !== given.sabotage) throw new Misuse(`--sabotage must be one of ${sabotages.join(', ')}.`);
  const number = (name: keyof typeof defaults, min: number, max: number, whole?: boolean) =>
    numberOf(name, given[name] ?? String(defaults[name]), min, max, whole);
  return {
    events: given.events,
    trace: given.trace,
    sizeBytes: number('size', 1, 1e6) * megabyte,
    seconds: number('seconds', 0.1, 3600),
    theta: number('zipf', 0, 0.99),
    writeShare: given.writes === undefined ? undefined : numberOf('writes', given.writes, 0, 1),
    lanes: number('lanes', 1, 10_000, true),
    repeat: number('repeat', 1, 100, true),
    warmSeconds: number('warm', 0.1, 60),
    seed: given.seed === undefined ? randomInt(2 ** 32) : numberOf('seed', given.seed, 0, 2 ** 48, true),
    dir: given.dir,
    report: given.report,
    keep: given.keep ?? false,
    keepCache: given['keep-cache'] ?? false,
    sabotage,
  };
}
