// The README's table of comparisons, made from what `npm run bench` has written.
import { readFileSync, writeFileSync } from 'node:fs';
import { shortNumber } from '../common/line_chart.js';
import { Misuse } from '../common/options.js';
import { median } from '../common/statistics.js';
import { markdownTable } from '../common/tables.js';
import type { RecoveryOutcome } from '../recovery/recovery.js';
import type { Outcome } from './compare.js';
import type { Results } from './html.js';

/** What it is made from: the JSON of a comparison. */
export interface Written extends Results {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

const marks = { begin: '<!-- npm run bench -- --readme: begin -->', end: '<!-- npm run bench -- --readme: end -->' };

/** What bounds the stores has no column. */
const bounds = new Set(['Map', 'device']);

const rateRows = [
  'load-100B',
  'put-1-100B',
  'put-64-100B',
  'put-1000-100B',
  'batch-4-100B',
  'put-64-16KiB',
  'get-get',
  'get-view',
  'get-many',
  'ycsb-a',
  'ycsb-b',
  'ycsb-c',
  'ycsb-f',
  'larger-than-memory',
];

/** The median, and how far the runs lie from it at most. */
function cell(numbers: readonly number[]): string {
  if (numbers.length === 0) return '';
  const middle = median(numbers);
  const off = Math.max(...numbers.map((number) => Math.abs(number / middle - 1)));
  return numbers.length === 1 ? shortNumber(middle) : `${shortNumber(middle)} ±${Math.round(off * 100)} %`;
}

function rateRow(name: string, outcomes: readonly Outcome[], peers: readonly string[]): string[][] {
  const group = outcomes.filter(({ workload }) => workload.name === name);
  if (group.length === 0) return [];
  const rates = (peer: string) => group.find((one) => one.peer === peer)?.runs.map((run) => run.operations / run.seconds) ?? [];
  return [[group[0]!.workload.title, ...peers.map((peer) => cell(rates(peer)))]];
}

function recoveryRow(title: string, outcomes: readonly RecoveryOutcome[], peers: readonly string[]): string[] {
  const times = (peer: string): string => {
    const all = outcomes.find((one) => one.peer === peer)?.runs.map(({ ms90 }) => ms90) ?? [];
    return all.includes(undefined) ? 'not reached' : cell(all as number[]);
  };
  return [`${title}: ms to 90 % of its own warm rate`, ...peers.map(times)];
}

export function readmeTable({ options, machine, peers, outcomes, recoveries }: Written): string {
  const names = peers.map(({ name }) => name).filter((name) => !bounds.has(name));
  const rows = [
    ...rateRows.flatMap((name) => rateRow(name, outcomes, names)),
    ...recoveries.map(({ workload, outcomes: rowsOf }) => recoveryRow(workload.title, rowsOf, names)),
  ];
  const filled = names.filter((_, column) => rows.some((row) => row[column + 1] !== ''));
  const columns = [0, ...filled.map((name) => names.indexOf(name) + 1)];
  const kept = rows.map((row) => columns.map((column) => row[column]!));
  const versions = peers.filter(({ name }) => filled.includes(name) && !name.startsWith('foreshard')).map(({ name, version }) => `${name} ${version}`);
  return [
    markdownTable({ head: ['records a second', ...filled], rows: kept }),
    '',
    `${machine}; ${Number(options['keys']).toLocaleString('en')} keys of 100 B, of longer values as many bytes; medians of ${options['runs']} interleaved runs of ` +
      `${options['seconds']} s, with the largest distance of a run from it. ${versions.join(', ')}.`,
  ].join('\n');
}

/** The text with another table between the marks. */
export function withTable(text: string, table: string): string {
  const [begin, end] = [text.indexOf(marks.begin), text.indexOf(marks.end)];
  if (begin < 0 || end < begin) throw new Misuse(`there is no place for the table: ${marks.begin} and ${marks.end} are missing.`);
  return `${text.slice(0, begin + marks.begin.length)}\n${table}\n${text.slice(end)}`;
}

export function writeReadme(readme: string, json: string): void {
  const written = JSON.parse(readFileSync(json, 'utf8')) as Written;
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), readmeTable(written)));
}
