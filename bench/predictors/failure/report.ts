// How well failures were foretold: as tables, and as a page.
import { escapeHtml } from '../../common/line_chart.js';
import { page } from '../../common/page.js';
import { htmlTable, tableOf, type Table } from '../../common/tables.js';
import { warmUpShare, type FailureResult } from './failure.js';
import type { Coalesced } from './records.js';

const whole = (value: number) => Math.round(value).toLocaleString('en');

function likelihoodTable(results: readonly FailureResult[]): Table {
  const names = results[0]?.logLikelihoods.map(({ name }) => name) ?? [];
  return {
    title: 'Log-likelihood for each failure, in nats (the higher, the better)',
    head: ['recorded', 'nodes', 'rows', 'failures', 'expected', ...names],
    rows: results.map(({ name, nodes, rows, failures, expected, logLikelihoods }) => [
      name,
      ...[nodes, rows, failures, expected].map(whole),
      ...logLikelihoods.map(({ perFailure }) => perFailure.toFixed(3)),
    ]),
  };
}

const decileTable = ({ name, deciles }: FailureResult): Table => ({
  title: `${name}: expected and seen, by tenths of the rows in the order of what was expected`,
  head: ['tenth', 'rows', 'expected', 'seen', 'expected / seen'],
  rows: deciles.map(({ rows, expected, failures }, at) => [
    String(at + 1),
    whole(rows),
    expected.toFixed(1),
    whole(failures),
    failures > 0 ? (expected / failures).toFixed(2) : '-',
  ]),
});

const coalescedTable = (counts: readonly Coalesced[]): Table => ({
  title: 'BG/L: failures by the silence that ends one',
  head: ['minutes', 'of midplanes', 'incidents of the machine'],
  rows: counts.map(({ minutes, node, all }) => [String(minutes), whole(node), whole(all)]),
});

const tablesOf = (results: readonly FailureResult[], counts: readonly Coalesced[]): Table[] => [
  likelihoodTable(results),
  ...results.map(decileTable),
  ...(counts.length > 0 ? [coalescedTable(counts)] : []),
];

export const failureTables = (results: readonly FailureResult[], counts: readonly Coalesced[]): string =>
  tablesOf(results, counts).map(({ title, head, rows }) => tableOf(title, head, rows)).join('\n');

export function failureHtml(results: readonly FailureResult[], counts: readonly Coalesced[]): string {
  const about = results.map(({ name, about: what }) => `${name}: ${what}.`).join(' ');
  const how = `Each round is foretold, scored, and then learned; the first ${100 * warmUpShare} % of the time are not scored.`;
  return page('How well failures are foretold', [
    `<p>${escapeHtml(`${how} ${about}`)}</p>`,
    ...tablesOf(results, counts).map(htmlTable),
  ]);
}
