// The comparison as a page: a chart of rates and one of latencies for each workload, a curve for each recovery.
import { barChart } from '../common/bar_chart.js';
import { escapeHtml, lineChart } from '../common/line_chart.js';
import { htmlList, page } from '../common/page.js';
import { binMs, median } from '../common/statistics.js';
import type { RecoveryOutcome } from '../recovery/recovery.js';
import type { RecoveryWorkload } from '../recovery/workloads.js';
import type { Outcome, Run } from './compare.js';

export interface Results {
  readonly machine: string;
  readonly peers: readonly { readonly name: string; readonly version: string; readonly use: string }[];
  readonly absent: readonly { readonly name: string; readonly why: string }[];
  readonly outcomes: readonly Outcome[];
  readonly recoveries: readonly { readonly workload: RecoveryWorkload; readonly outcomes: readonly RecoveryOutcome[] }[];
}

const colours: Record<string, string> = {
  foreshard: '#d1495b',
  lmdb: '#00798c',
  'lmdb-no-read-ahead': '#66b2bf',
  'classic-level': '#8d6a9f',
  rocksdb: '#edae49',
  'better-sqlite3': '#3d5a80',
  redis: '#588157',
  device: '#444444',
  'no-checkpoints': '#00798c',
  'no-heat': '#edae49',
};
const colourOf = (peer: string): string => colours[peer] ?? '#999999';

const shownMs = 100; // a point of a recovery's curve

function bars(title: string, outcomes: readonly Outcome[], of: (run: Run) => number): string {
  const rows = outcomes.flatMap(({ peer, runs }) => {
    const numbers = runs.map(of).filter((number) => number > 0);
    if (numbers.length === 0) return [];
    const [least, greatest] = [Math.min(...numbers), Math.max(...numbers)];
    return [{ name: peer, colour: colourOf(peer), median: median(numbers), least, greatest }];
  });
  return rows.length === 0 ? '' : barChart(title, rows);
}

const latencies = { '0.5': 'median', '0.99': '99 %', '0.999': '99.9 %' } as const;

export function workloadHtml(title: string, outcomes: readonly Outcome[]): string {
  const timed = Object.entries(latencies).map(([share, name]) =>
    bars(`latency in us, ${name}`, outcomes, (run) => run.latencyUs[share] ?? 0),
  );
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    bars('records a second', outcomes, (run) => run.operations / run.seconds),
    ...timed,
    bars('CPU in us a record', outcomes, (run) => (run.cpuSeconds / run.operations) * 1e6),
    bars('disk bytes a record, without a fast tier', outcomes, (run) => ((run.diskBytes ?? 0) - (run.fastTierBytes ?? 0)) / run.operations),
  ].join('\n');
}

/** The run whose time to 90 % is the median one. */
function typical({ runs }: RecoveryOutcome) {
  const sorted = runs.toSorted((a, b) => (a.ms90 ?? Infinity) - (b.ms90 ?? Infinity));
  return sorted[sorted.length >> 1];
}

function rates(bins: readonly number[]): number[] {
  const width = shownMs / binMs;
  const count = Math.floor(bins.length / width);
  return Array.from({ length: count }, (_, at) => (bins.slice(at * width, (at + 1) * width).reduce((a, b) => a + b, 0) * 1000) / shownMs);
}

function recoveryHtml(title: string, outcomes: readonly RecoveryOutcome[]): string {
  const lines = outcomes.flatMap((outcome) => {
    const run = typical(outcome);
    return run === undefined ? [] : [{ name: outcome.peer, colour: colourOf(outcome.peer), values: rates(run.bins) }];
  });
  if (lines.length === 0) return '';
  const toMs = Math.max(...lines.map(({ values }) => values.length)) * shownMs;
  const chart = (until: number) =>
    lineChart({ title, lines, stepMs: shownMs, fromMs: 0, toMs: until, yName: 'reads/s', xName: 'since the call of open()' });
  return [`<h2>${escapeHtml(title)}</h2>`, chart(toMs), chart(Math.min(toMs, 3000))].join('\n');
}

export function comparisonHtml({ machine, peers, absent, outcomes, recoveries }: Results): string {
  const titles = [...new Set(outcomes.map(({ workload }) => workload.title))];
  return page('Foreshard beside other stores', [
    `<p>${escapeHtml(machine)}. Bars are medians of interleaved runs, the lines across their ends least and greatest.</p>`,
    htmlList(peers.map(({ name, version, use }) => `${name} ${version}: ${use}`)),
    absent.length === 0 ? '' : `<p>Not compared:</p>${htmlList(absent.map(({ name, why }) => `${name}: ${why}`))}`,
    ...recoveries.map(({ workload, outcomes: rows }) => recoveryHtml(workload.title, rows)),
    ...titles.map((title) => workloadHtml(title, outcomes.filter(({ workload }) => workload.title === title))),
  ]);
}
