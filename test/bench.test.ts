// The comparison with other stores in miniature, so that it cannot rot: it runs, and what was read was checked.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Comparison, type Settings } from '../bench/compare/compare.js';
import { comparisonHtml } from '../bench/compare/html.js';
import { readmeTable, withTable, type Written } from '../bench/compare/readme.js';
import { tables } from '../bench/compare/report.js';
import { workloads, type Workload } from '../bench/compare/workloads.js';
import { installedPeers, type Peer } from '../bench/peers/index.js';
import { Recovery, type RecoverySettings } from '../bench/recovery/recovery.js';
import { recoveryTable } from '../bench/recovery/report.js';
import { recoveryWorkloads } from '../bench/recovery/workloads.js';
import { freshDirectory } from './support/stores.js';

const settings = (): Settings => ({
  directory: freshDirectory(),
  runs: 1,
  keys: 3000,
  warmUpSeconds: 0.01,
  seconds: 0.05,
  cacheBytes: 64 << 20,
  large: { cacheBytes: 16 << 20, times: 1.5, memoryGroup: undefined },
  seed: 1,
  say: () => {},
});

const recoverySettings = (): RecoverySettings => ({
  directory: freshDirectory(),
  keys: 3000,
  valueBytes: 200,
  runs: 1,
  trafficSeconds: 0.3,
  seconds: 1.2,
  putShare: 0.05,
  cacheBytes: 64 << 20,
  coldCache: false,
  seed: 1,
  say: () => {},
});

const only = (...names: string[]) => installedPeers(names).present;

/** One of each kind, for what bounds the stores. */
const ofEachKind = ['load-100B', 'put-sync-100B', 'put-1-100B', 'batch-1-100B', 'get-many', 'ycsb-f'];

test.serial('a workload of the comparison does not run, reads wrong values, or does nothing', async (t) => {
  const memoryGroup = freshDirectory();
  const large = { ...settings().large, memoryGroup };
  const comparison = (peers: readonly Peer[], chosen: readonly Workload[]) => new Comparison({ ...settings(), large }).compare(peers, chosen);
  const own = await comparison(only('foreshard'), workloads);
  t.true(own.every(({ runs }) => runs.length === 1), 'Foreshard has all calls');
  t.regex(readFileSync(join(memoryGroup, 'cgroup.procs'), 'utf8'), /^\d+$/, 'a run went into the control group');
  const bounds = await comparison(only('Map', 'device'), workloads.filter(({ name }) => ofEachKind.includes(name)));
  t.is(bounds.filter(({ peer }) => peer === 'Map').length, ofEachKind.length);
  t.deepEqual(bounds.flatMap(({ peer, workload }) => (peer === 'device' ? [workload.name] : [])), ofEachKind.slice(0, 3));
  const outcomes = [...own, ...bounds];
  for (const { peer, workload, runs } of outcomes) {
    for (const { operations, seconds, wrong, cpuSeconds } of runs) {
      t.true(operations > 0 && seconds > 0 && cpuSeconds > 0 && wrong === 0, `${workload.name}, ${peer}`);
    }
  }
  const used = only('foreshard', 'Map', 'device').map(({ name, use, version }) => ({ name, use, version: version() }));
  const text = tables(outcomes, used);
  const page = comparisonHtml({ machine: 'this', peers: used, absent: [], outcomes, recoveries: [] });
  for (const { title } of workloads) t.true(text.includes(title) && page.includes(title), title);
  t.false(`${text}${page}`.includes('NaN'));
});

test.serial('the recovery comparison does not run, or reads wrong values', async (t) => {
  const outcomes = await new Recovery(recoverySettings()).compare(only('foreshard', 'Map'));
  t.deepEqual(outcomes.map(({ peer }) => peer), ['foreshard'], 'what keeps nothing is left out');
  const [run] = outcomes[0]!.runs;
  t.true(run!.firstMs >= run!.openMs && run!.wrong === 0 && run!.firstSecond > 0);
  const table = recoveryTable('a recovery', outcomes);
  const page = comparisonHtml({ machine: 'this', peers: [], absent: [], outcomes: [], recoveries: [{ workload: recoveryWorkloads[0]!, outcomes }] });
  t.false(`${table}${page}`.includes('NaN'));
  t.true(page.includes('<polyline'));
});

test.serial('the fast tier is not where the recovery comparison puts it', async (t) => {
  const fastDirectory = freshDirectory();
  const brief = { trafficSeconds: 0.1, seconds: 1 };
  const outcomes = await new Recovery({ ...recoverySettings(), ...brief, fastDirectory }).compare(only('foreshard'));
  t.is(outcomes[0]!.runs.length, 1);
  t.true(readdirSync(fastDirectory).length > 0);
});

const someRun = { run: 0, kind: 'measured', operations: 3000, seconds: 2, cpuSeconds: 1, residentBytes: 1, latencyUs: {}, wrong: 0, digest: 0 } as const;
const written = (): Written => {
  const workload = workloads.find(({ name }) => name === 'put-64-100B')!;
  return {
    options: { keys: '1000', runs: '2', seconds: '2' },
    machine: 'a machine',
    peers: [{ name: 'foreshard', version: '1', use: '' }, { name: 'lmdb', version: '2', use: '' }, { name: 'Map', version: '3', use: '' }],
    absent: [],
    outcomes: [
      { workload, peer: 'foreshard', runs: [someRun, { ...someRun, seconds: 1 }] },
      { workload, peer: 'Map', runs: [someRun] },
    ],
    recoveries: [],
  };
};

test("the README's table shows other figures than were measured, or a column without any", (t) => {
  const lines = readmeTable(written()).split('\n');
  t.is(lines[0], '| records a second | foreshard |', 'lmdb was not measured, a Map is no store');
  t.is(lines[2], '| durable put, 64 in flight, 100B | 2.3 k ±33 % |');
  t.true(lines.at(-1)!.startsWith('a machine;'));
});

test("the README's table replaces more or less than the table that stands there, or finds no place", (t) => {
  const readme = readFileSync('README.md', 'utf8');
  const once = withTable(readme, 'one table');
  t.true(once.includes('\none table\n'));
  t.is(withTable(once, 'another'), withTable(readme, 'another'));
  t.is(once.replace('one table\n', '').length, withTable(readme, '').length - 1);
  t.throws(() => withTable('no marks', ''), { message: /missing/ });
});

test('a peer that is not installed ends the comparison', (t) => {
  const { present, absent } = installedPeers([]);
  t.true(present.some(({ name }) => name === 'foreshard'));
  for (const { name, why } of absent) t.true(why.length > 0, name);
});
