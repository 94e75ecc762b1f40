// The costs as tables, and as a page.
import { escapeHtml } from '../common/line_chart.js';
import { page } from '../common/page.js';
import { median, rounded, roundedSpread, withSpread } from '../common/statistics.js';
import { htmlTable, tableOf, type Table } from '../common/tables.js';
import type { Outcome } from '../compare/compare.js';
import { workloadHtml } from '../compare/html.js';
import { latency, medianOf, perSecond, speed } from '../compare/report.js';
import { variants } from '../peers/index.js';
import type { Costs, MemoryOutcome, OverwriteOutcome } from './costs.js';
import type { MemoryHeld, Overwritten } from './tasks.js';

const useOf = (peer: string): string => variants.find(({ name }) => name === peer)!.use;

function featureTable(title: string, group: readonly Outcome[]): Table {
  const defaults = medianOf(group.find(({ peer }) => peer === 'foreshard')!.runs, perSecond);
  const rows = group.map(({ peer, runs }) => {
    const share = peer === 'foreshard' ? '' : `${((1 - defaults / medianOf(runs, perSecond)) * 100).toFixed(1)} %`;
    return [useOf(peer), speed(runs), share, ...['0.5', '0.99', '0.999'].map((one) => latency(runs, one))];
  });
  return { title, head: ['', 'records/s', 'what it costs the defaults', 'p50 us', 'p99 us', 'p99.9 us'], rows };
}

const overwriteHead = [
  '',
  'puts/s',
  'p50 us',
  'p99 us',
  'p99.9 us',
  'segments compacted',
  'written / user byte',
  'of it moved',
  'of it checkpoints',
  'on disk / live byte, at most',
  'fast tier / live byte',
];

function overwriteRow({ overwrite, runs }: OverwriteOutcome): string[] {
  const spread = (of: (run: Overwritten) => number) => withSpread(runs.map(of), 2);
  const us = (share: string) => rounded(median(runs.map((run) => run.latencyUs[share]!)));
  return [
    overwrite.title,
    roundedSpread(runs.map((run) => run.puts / run.seconds)),
    ...['0.5', '0.99', '0.999'].map(us),
    withSpread(runs.map((run) => run.compactedSegments)),
    spread((run) => run.writtenBytes / run.userBytes),
    spread((run) => run.relocatedBytes / run.userBytes),
    spread((run) => run.imageBytes / run.userBytes),
    spread((run) => Math.max(...run.diskBytes) / run.liveBytes),
    spread((run) => run.fastTierBytes / run.liveBytes),
  ];
}

const memoryHead = ['', 'index', 'record headers', 'slack of log-structured memory', 'resident set beyond the data'];

function memoryRow(name: string, { keys, userBytes, held }: MemoryHeld): string[] {
  const perKey = (bytes: number) => `${(bytes / keys).toFixed(1)} B`;
  const { index, records, chunks, resident } = held;
  return [name, perKey(index), perKey(records - userBytes), perKey(chunks - records), perKey(resident - userBytes)];
}

const memoryRows = ({ loaded, opened }: MemoryOutcome): string[][] => {
  const keys = loaded.keys.toLocaleString('en');
  return [memoryRow(`${keys} keys, just written`, loaded), memoryRow(`${keys} keys, opened`, opened)];
};

function tablesOf({ features, overwrites, memory }: Costs): Table[] {
  const titles = [...new Set(features.map(({ workload }) => workload.title))];
  return [
    ...titles.map((title) => featureTable(title, features.filter(({ workload }) => workload.title === title))),
    { title: 'Overwriting the whole store by durable puts, 1,000 in flight where nothing else is said', head: overwriteHead, rows: overwrites.map(overwriteRow) },
    { title: 'Memory for each key beside its 113 bytes of key and value', head: memoryHead, rows: memory.flatMap(memoryRows) },
  ].filter(({ rows }) => rows.length > 0);
}

export const costTables = (costs: Costs): string =>
  tablesOf(costs).map(({ title, head, rows }) => tableOf(title, head, rows)).join('\n');

export function costsHtml(machine: string, costs: Costs): string {
  const titles = [...new Set(costs.features.map(({ workload }) => workload.title))];
  return page('What Foreshard’s own features cost', [
    `<p>${escapeHtml(machine)}. Medians of interleaved runs, least to greatest in brackets or as lines across the bars.</p>`,
    ...tablesOf(costs).map(htmlTable),
    ...titles.map((title) => workloadHtml(title, costs.features.filter(({ workload }) => workload.title === title))),
  ]);
}
