// What was measured, as tables: a table for each workload, a row for each store.
import { keyBytes } from '../common/dataset.js';
import { median, rounded, roundedSpread, withSpread } from '../common/statistics.js';
import { tableOf } from '../common/tables.js';
import type { Outcome, Run } from './compare.js';

export const perSecond = (run: Run): number => run.operations / run.seconds;

export const speed = (runs: readonly Run[]): string => roundedSpread(runs.map(perSecond));

export const medianOf = (runs: readonly Run[], of: (run: Run) => number): number => median(runs.map(of));

/** Microseconds; nothing where the workload has no single requests. */
export function latency(runs: readonly Run[], share: string): string {
  const us = medianOf(runs, (run) => run.latencyUs[share] ?? 0);
  return us === 0 ? '' : rounded(us);
}

/** Bytes of all keys and values of a load. */
const userBytes = ({ workload }: Outcome, run: Run): number => run.operations * (keyBytes + workload.valueBytes);

function diskCells(outcome: Outcome): string[] {
  const { workload, runs } = outcome;
  if (workload.kind !== 'load') return [];
  const rate = rounded(medianOf(runs, (run) => userBytes(outcome, run) / run.seconds / 1e6));
  const share = (of: (run: Run) => number) => withSpread(runs.map((run) => of(run) / userBytes(outcome, run)), 2);
  if (runs.some(({ diskBytes }) => diskBytes === undefined)) return [rate, '', ''];
  return [rate, share((run) => run.diskBytes! - run.fastTierBytes!), share((run) => run.fastTierBytes!)];
}

const head = ['', 'records/s', 'Foreshard over it', 'p50 us', 'p99 us', 'CPU us/record', 'resident MB'];
const loadHead = [...head, 'MB/s', 'disk bytes / user byte', 'of a fast tier besides'];

function row(outcome: Outcome, foreshard: number | undefined): string[] {
  const { peer, runs } = outcome;
  if (runs.length === 0) return [peer, 'no such call'];
  const rate = medianOf(runs, perSecond);
  return [
    peer,
    speed(runs),
    foreshard === undefined || peer === 'foreshard' ? '' : (foreshard / rate).toFixed(2),
    latency(runs, '0.5'),
    latency(runs, '0.99'),
    rounded(medianOf(runs, (run) => (run.cpuSeconds / run.operations) * 1e6)),
    Math.round(medianOf(runs, (run) => run.residentBytes) / 1e6).toLocaleString('en'),
    ...diskCells(outcome),
  ];
}

export function tables(outcomes: readonly Outcome[], peers: readonly { name: string; version: string; use: string }[]): string {
  const titles = [...new Set(outcomes.map(({ workload }) => workload.title))];
  const parts = titles.map((title) => {
    const group = outcomes.filter(({ workload }) => workload.title === title);
    const own = group.find(({ peer, runs }) => peer === 'foreshard' && runs.length > 0);
    const foreshard = own && medianOf(own.runs, perSecond);
    const names = group[0]!.workload.kind === 'load' ? loadHead : head;
    return tableOf(title, names, group.map((one) => row(one, foreshard)));
  });
  return [...parts, ...peers.map(({ name, version, use }) => `- ${name} ${version}: ${use}`), ''].join('\n');
}
