// What was measured, as tables: a table for each workload, a row for each store.
import { median, withSpread } from '../common/statistics.js';
import type { Outcome, Run } from './compare.js';

const perSecond = (run: Run): number => run.operations / run.seconds;

const rounded = (number: number): string => (number >= 100 ? Math.round(number).toLocaleString('en') : number.toPrecision(3));

function speed(runs: readonly Run[]): string {
  const rates = runs.map(perSecond);
  return `${rounded(median(rates))} (${rounded(Math.min(...rates))} to ${rounded(Math.max(...rates))})`;
}

const medianOf = (runs: readonly Run[], of: (run: Run) => number): number => median(runs.map(of));

function latency(runs: readonly Run[], share: string): string {
  const us = medianOf(runs, (run) => run.latencyUs[share] ?? 0);
  return us > 0 ? rounded(us) : '';
}

function row({ peer, runs, workload }: Outcome, foreshard: number | undefined): string[] {
  if (runs.length === 0) return [peer, 'no such call', '', '', '', '', '', ''];
  const rate = medianOf(runs, perSecond);
  const ratio = foreshard === undefined ? '' : (foreshard / rate).toFixed(2);
  const keyAndValue = 13 + workload.valueBytes;
  const onDisk = (run: Run) => ((run.diskBytes ?? 0) - (run.fastTierBytes ?? 0)) / (run.operations * keyAndValue);
  return [
    peer,
    speed(runs),
    ratio,
    latency(runs, '0.5'),
    latency(runs, '0.99'),
    rounded(medianOf(runs, (run) => (run.cpuSeconds / run.operations) * 1e6)),
    Math.round(medianOf(runs, (run) => run.residentBytes) / 1e6).toLocaleString('en'),
    workload.kind === 'load' ? withSpread(runs.map(onDisk), 2) : '',
  ];
}

const head = ['', 'records/s', 'Foreshard over it', 'p50 us', 'p99 us', 'CPU us/record', 'resident MB', 'disk bytes per byte'];

export function tables(outcomes: readonly Outcome[], peers: readonly { name: string; version: string; use: string }[]): string {
  const titles = [...new Set(outcomes.map(({ workload }) => workload.title))];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const parts = titles.map((title) => {
    const rows = outcomes.filter(({ workload }) => workload.title === title);
    const own = rows.find(({ peer, runs }) => peer === 'foreshard' && runs.length > 0);
    const foreshard = own && medianOf(own.runs, perSecond);
    return [`### ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map((one) => line(row(one, foreshard))), ''].join('\n');
  });
  return [...parts, ...peers.map(({ name, version, use }) => `- ${name} ${version}: ${use}`), ''].join('\n');
}
