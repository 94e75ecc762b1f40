// npm run bench -- [options]: Foreshard beside other stores.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../common/machine.js';
import { installedPeers, peers as allPeers, type Peer } from '../peers/index.js';
import { Recovery, type RecoveryOutcome } from '../recovery/recovery.js';
import { recoveryTable } from '../recovery/report.js';
import { recoveryWorkloads, type RecoveryWorkload } from '../recovery/workloads.js';
import { Comparison, type Outcome } from './compare.js';
import { comparisonHtml } from './html.js';
import { tables } from './report.js';
import { workloads as allWorkloads, type Workload } from './workloads.js';

const help = `Usage: npm run bench -- [options]

Measures Foreshard beside other stores with the same durability, one run after the other of each in a process of its own.

  --workloads NAME,...  ${[...allWorkloads, ...recoveryWorkloads].map(({ name }) => name).join(', ')}
                        (default: all; recovery-4x takes longest)
  --peers NAME,...      ${allPeers.map(({ name }) => name).join(', ')} (default: all that are installed)
  --runs N              (default 3)
  --keys N              of 100-B values; of longer ones as many bytes (default 1000000)
  --seconds S           of each run, behind a warm-up (default 3)
  --warm-up S           (default 1)
  --cache B             bytes of memory for a store, where it can be told (default 2 GiB)
  --recovery-keys N     of 200 B (default 5000000); and of a recovery:
  --recovery-traffic S  seconds of traffic before the kill (default 10)
  --recovery-seconds S  seconds of reading behind it (default 20)
  --recovery-cache B    bytes of memory for a store (default 4 GiB)
  --dir DIR             where the stores go (default: the system's temporary directory)
  --seed N              (default 1)
  --json FILE           everything that was measured (default build/bench/compare.json)
  --html FILE           the same as a page with charts (default build/bench/compare.html)

Example: npm run bench -- --workloads put-1000-100B,get-get --peers foreshard,lmdb,Map --runs 5
`;

const { values } = parseArgs({
  options: {
    workloads: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
    keys: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '1' },
    cache: { type: 'string', default: String(2 * 2 ** 30) },
    'recovery-keys': { type: 'string', default: '5000000' },
    'recovery-traffic': { type: 'string', default: '10' },
    'recovery-seconds': { type: 'string', default: '20' },
    'recovery-cache': { type: 'string', default: String(4 * 2 ** 30) },
    dir: { type: 'string', default: tmpdir() },
    seed: { type: 'string', default: '1' },
    json: { type: 'string', default: 'build/bench/compare.json' },
    html: { type: 'string', default: 'build/bench/compare.html' },
    help: { type: 'boolean', default: false },
  },
});

const listOf = (text: string): string[] => text.split(',').filter((name) => name !== '');

function chosen<Item extends { readonly name: string }>(items: readonly Item[], names: readonly string[]): readonly Item[] {
  const unknown = names.filter((name) => !items.some((item) => item.name === name));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${items.map(({ name }) => name).join(', ')}`);
  return names.length === 0 ? items : items.filter(({ name }) => names.includes(name));
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

const place = join(values.dir, `foreshard-bench-${process.pid}`);

/** The runs under way are interrupted by the terminal, too. */
process.once('SIGINT', () => {
  rmSync(place, { recursive: true, force: true });
  process.exit(130);
});

async function compared(present: readonly Peer[], workloads: readonly Workload[]): Promise<Outcome[]> {
  const comparison = new Comparison({
    directory: place,
    runs: Number(values.runs),
    keys: Number(values.keys),
    warmUpSeconds: Number(values['warm-up']),
    seconds: Number(values.seconds),
    cacheBytes: Number(values.cache),
    seed: Number(values.seed),
    say,
  });
  return workloads.length === 0 ? [] : comparison.compare(present, workloads);
}

async function recovered(present: readonly Peer[], { name, coldCache, times }: RecoveryWorkload): Promise<RecoveryOutcome[]> {
  say(name);
  const recovery = new Recovery({
    directory: place,
    keys: Number(values['recovery-keys']) * times,
    valueBytes: 200,
    runs: Number(values.runs),
    trafficSeconds: Number(values['recovery-traffic']),
    seconds: Number(values['recovery-seconds']) * times,
    putShare: 0.05,
    cacheBytes: Number(values['recovery-cache']) * times,
    coldCache,
    seed: Number(values.seed),
    say,
  });
  return recovery.compare(present);
}

async function main(): Promise<void> {
  const wanted = chosen<Workload | RecoveryWorkload>([...allWorkloads, ...recoveryWorkloads], listOf(values.workloads));
  const { present, absent } = installedPeers(chosen(allPeers, listOf(values.peers)).map(({ name }) => name));
  for (const { name, why } of absent) say(`without ${name}: ${why}`);
  const outcomes = await compared(present, wanted.filter((one): one is Workload => one.kind !== 'recovery'));
  const recoveries: { workload: RecoveryWorkload; outcomes: RecoveryOutcome[] }[] = [];
  for (const workload of wanted) {
    if (workload.kind === 'recovery') recoveries.push({ workload, outcomes: await recovered(present, workload) });
  }
  const used = present.map((peer) => ({ name: peer.name, version: peer.version(), use: peer.use }));
  const results = { machine: machine(), peers: used, absent, outcomes, recoveries };
  write(values.json, JSON.stringify({ options: values, ...results }));
  write(values.html, comparisonHtml(results));
  for (const { workload, outcomes: rows } of recoveries) process.stdout.write(`${recoveryTable(workload.title, rows)}\n`);
  process.stdout.write(tables(outcomes, used));
}

if (values.help) process.stdout.write(help);
else await main();
