// The microbenchmarks as tables, and as a page.
import { barChart } from '../common/bar_chart.js';
import { escapeHtml } from '../common/line_chart.js';
import { page } from '../common/page.js';
import { median, rounded, roundedSpread } from '../common/statistics.js';
import { htmlTable, tableOf, type Table } from '../common/tables.js';
import type { Percentiles } from './measure.js';
import type { Timing } from './micro.js';

const titles: Record<string, string> = {
  crossing: 'The crossing between JavaScript and C++: functions of the addon',
  store: 'The same through the store',
  JavaScript: 'The JavaScript side',
};
const namesWidth = 380;
const head = ['', 'ns (median of rounds)', 'a second', 'p50 ns', 'p99 ns', 'p99.9 ns'];

function row({ name, rounds }: Timing): string[] {
  const ns = rounds.map((round) => round.ns);
  const percentile = (which: keyof Percentiles) => {
    const found = rounds.flatMap(({ percentiles }) => (percentiles === undefined ? [] : [percentiles[which]]));
    return found.length === 0 ? '' : rounded(median(found));
  };
  return [name, roundedSpread(ns), rounded(1e9 / median(ns)), percentile('p50'), percentile('p99'), percentile('p999')];
}

const groupsOf = (timings: readonly Timing[]) => [...new Set(timings.map(({ group }) => group))];

const tablesOf = (timings: readonly Timing[]): Table[] =>
  groupsOf(timings).map((group) => ({ title: titles[group]!, head, rows: timings.filter((one) => one.group === group).map(row) }));

export const microTables = (timings: readonly Timing[]): string =>
  tablesOf(timings).map((table) => tableOf(table.title, table.head, table.rows)).join('\n');

function chart(group: string, timings: readonly Timing[]): string {
  const bars = timings.filter((one) => one.group === group).map(({ name, rounds }) => {
    const ns = rounds.map((round) => round.ns);
    return { name, colour: '#00798c', median: median(ns), least: Math.min(...ns), greatest: Math.max(...ns) };
  });
  return barChart(`${titles[group]!}, ns`, bars, namesWidth);
}

export const microHtml = (machine: string, notes: readonly string[], timings: readonly Timing[]): string =>
  page('Foreshard: microbenchmarks', [
    ...[`${machine}.`, ...notes].map((note) => `<p>${escapeHtml(note)}</p>`),
    ...groupsOf(timings).map((group) => chart(group, timings)),
    ...tablesOf(timings).map(htmlTable),
  ]);
