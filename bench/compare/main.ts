// npm run bench -- [options]: Foreshard beside other stores.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../common/machine.js';
import { chosen, Misuse, numberIn } from '../common/options.js';
import { runProgram, say, temporaryFolder, writeResult } from '../common/run.js';
import { installedPeers, peers as allPeers, type Peer } from '../peers/index.js';
import { Recovery, type RecoveryOutcome } from '../recovery/recovery.js';
import { recoveryTable } from '../recovery/report.js';
import { recoveryWorkloads, type RecoveryWorkload } from '../recovery/workloads.js';
import { Comparison, type Outcome } from './compare.js';
import { comparisonHtml } from './html.js';
import { writeReadme } from './readme.js';
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
  --large-cache B       the same for larger-than-memory (default 256 MiB)
  --large-times N       its data, as a multiple of that (default 4)
  --memory-group DIR    a control group (/sys/fs/cgroup/...) with a limit of memory, where its runs go: without one the page
                        cache of stores that use it is as large as the machine's memory
  --recovery-keys N     of 200 B (default 5000000); and of a recovery:
  --recovery-traffic S  seconds of traffic before the kill (default 10)
  --recovery-seconds S  seconds of reading behind it (default 20)
  --recovery-cache B    bytes of memory for a store (default 4 GiB)
  --dir DIR             where the stores go (default: the system's temporary directory)
  --seed N              (default 1)
  --json FILE           everything that was measured (default build/bench/compare.json)
  --html FILE           the same as a page with charts (default build/bench/compare.html)
  --readme              measure nothing: make the table of README.md from what --json names

The exit code is 0 if all was measured and every value was right, 1 if not, 2 for misuse.

Example: npm run bench -- --workloads put-1000-100B,get-get --peers foreshard,lmdb,Map --runs 5
`;

const parse = () =>
  parseArgs({
    options: {
      workloads: { type: 'string', default: '' },
      peers: { type: 'string', default: '' },
      runs: { type: 'string', default: '3' },
      keys: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '3' },
      'warm-up': { type: 'string', default: '1' },
      cache: { type: 'string', default: String(2 * 2 ** 30) },
      'large-cache': { type: 'string', default: String(2 ** 28) },
      'large-times': { type: 'string', default: '4' },
      'memory-group': { type: 'string' },
      'recovery-keys': { type: 'string', default: '5000000' },
      'recovery-traffic': { type: 'string', default: '10' },
      'recovery-seconds': { type: 'string', default: '20' },
      'recovery-cache': { type: 'string', default: String(4 * 2 ** 30) },
      dir: { type: 'string', default: tmpdir() },
      seed: { type: 'string', default: '1' },
      json: { type: 'string', default: 'build/bench/compare.json' },
      html: { type: 'string', default: 'build/bench/compare.html' },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
type Values = ReturnType<typeof parse>;

function memoryGroupOf({ 'memory-group': group }: Values): string | undefined {
  if (group !== undefined && !existsSync(join(group, 'cgroup.procs'))) throw new Misuse(`--memory-group: ${group} is no control group.`);
  return group;
}

const comparisonSettings = (values: Values) => ({
  runs: numberIn(values, 'runs', 'runs'),
  keys: numberIn(values, 'keys', 'count'),
  warmUpSeconds: numberIn(values, 'warm-up', 'seconds'),
  seconds: numberIn(values, 'seconds', 'seconds'),
  cacheBytes: numberIn(values, 'cache', 'bytes'),
  large: {
    cacheBytes: numberIn(values, 'large-cache', 'bytes'),
    times: numberIn(values, 'large-times', 'factor'),
    memoryGroup: memoryGroupOf(values),
  },
  seed: numberIn(values, 'seed', 'seed'),
  say,
});

const recoverySettings = (values: Values) => ({
  keys: numberIn(values, 'recovery-keys', 'count'),
  valueBytes: 200,
  runs: numberIn(values, 'runs', 'runs'),
  trafficSeconds: numberIn(values, 'recovery-traffic', 'seconds'),
  seconds: numberIn(values, 'recovery-seconds', 'seconds'),
  putShare: 0.05,
  cacheBytes: numberIn(values, 'recovery-cache', 'bytes'),
  seed: numberIn(values, 'seed', 'seed'),
  say,
});

/** A tmpfs on every Linux. */
const sharedMemory = '/dev/shm';

type RecoverySettings = Omit<ConstructorParameters<typeof Recovery>[0], 'coldCache'>;

async function recovered(settings: RecoverySettings, present: readonly Peer[], workload: RecoveryWorkload): Promise<RecoveryOutcome[]> {
  say(workload.name);
  const { keys, seconds, cacheBytes } = settings;
  const { times, coldCache, tmpfs } = workload;
  const larger = { keys: keys * times, seconds: seconds * times, cacheBytes: cacheBytes * times };
  if (!tmpfs) return new Recovery({ ...settings, ...larger, coldCache }).compare(present);
  const fastDirectory = temporaryFolder(sharedMemory);
  return new Recovery({ ...settings, ...larger, coldCache, fastDirectory }).compare(present.filter(({ name }) => name === 'foreshard'));
}

async function compareAll(values: Values): Promise<void> {
  const wanted = chosen<Workload | RecoveryWorkload>('workloads', [...allWorkloads, ...recoveryWorkloads], values.workloads);
  const named = chosen('peers', allPeers, values.peers).map(({ name }) => name);
  const [compared, ofRecovery] = [comparisonSettings(values), recoverySettings(values)];
  const directory = temporaryFolder(values.dir);
  const { present, absent } = installedPeers(named);
  for (const { name, why } of absent) say(`without ${name}: ${why}`);
  const workloads = wanted.filter((one): one is Workload => one.kind !== 'recovery');
  const outcomes: Outcome[] = await new Comparison({ ...compared, directory }).compare(present, workloads);
  const recoveries: { workload: RecoveryWorkload; outcomes: RecoveryOutcome[] }[] = [];
  for (const workload of wanted) {
    if (workload.kind === 'recovery') recoveries.push({ workload, outcomes: await recovered({ ...ofRecovery, directory }, present, workload) });
  }
  const used = present.map((peer) => ({ name: peer.name, version: peer.version(), use: peer.use }));
  const results = { machine: machine(), peers: used, absent, outcomes, recoveries };
  writeResult(values.json, JSON.stringify({ options: values, ...results }));
  writeResult(values.html, comparisonHtml(results));
  for (const { workload, outcomes: rows } of recoveries) process.stdout.write(`${recoveryTable(workload.title, rows)}\n`);
  process.stdout.write(tables(outcomes, used));
}

await runProgram(async () => {
  const values = parse();
  if (values.help) process.stdout.write(help);
  else if (values.readme) writeReadme('README.md', values.json);
  else await compareAll(values);
});
