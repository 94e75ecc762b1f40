// The report: one HTML file that needs nothing else.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { escapeHtml, lineChart, type Chart } from '../common/line_chart.js';
import { reportStyle } from '../common/report_style.js';
import { shownBins, shownMs, type Row, type Series } from './figures.js';
import type { RecoveryUse } from './messages.js';

export interface Report {
  readonly failed: readonly string[];
  readonly series: readonly Series[];
  readonly table: readonly Row[];
  /** Headed lists of sentences. */
  readonly sections: readonly { readonly head: string; readonly lines: readonly string[] }[];
}

const colours: Record<RecoveryUse, string> = { fast: '#d1495b', standard: '#00798c', log: '#8d6a9f' };
const closeUpMs = 1500;

/** Requests served up to each moment. */
function sums(rates: readonly number[]): number[] {
  let total = 0;
  return rates.map((rate) => (total += (rate * shownMs) / 1000));
}

function chartsOf(series: readonly Series[]): string[] {
  const drawn = series.filter(({ rates }) => rates.length > 0);
  const endMs = shownBins(series) * shownMs;
  const draw = (
    title: string,
    yName: string,
    toMs: number,
    values: (rates: readonly number[]) => readonly number[],
  ) => {
    const lines = drawn.map(({ use, name, rates }) => ({ name, colour: colours[use], values: values(rates) }));
    const chart: Chart = { title, yName, xName: 'since the start of the process', lines, stepMs: shownMs, fromMs: 0, toMs };
    return lineChart(chart);
  };
  return [
    draw('Throughput after the crash', 'requests/s', endMs, (rates) => rates),
    draw('The same, its beginning', 'requests/s', Math.min(endMs, closeUpMs), (rates) => rates),
    draw('Requests served so far', 'requests', Math.min(endMs, 2 * closeUpMs), sums),
  ];
}

const cells = (tag: string, texts: readonly string[]) =>
  texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('');

function tableHtml(heads: readonly string[], rows: readonly Row[]): string {
  const body = rows.map((row) => `<tr>${cells('td', [row.name, ...row.cells])}</tr>`);
  return `<table><thead><tr>${cells('th', ['', ...heads])}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

function html({ failed, series, table, sections }: Report): string {
  const verdict =
    failed.length === 0
      ? '<p class="verdict good">Nothing acknowledged was lost, and every recovery came back in full.</p>'
      : `<p class="verdict bad">FAILED</p><ul class="bad">${cells('li', failed)}</ul>`;
  const lists = sections.map(({ head, lines }) => `<h2>${escapeHtml(head)}</h2><ul>${cells('li', lines)}</ul>`);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Foreshard: back after a crash</title><style>${reportStyle}</style></head><body>`,
    '<h1>Foreshard: back after a crash</h1>',
    verdict,
    ...chartsOf(series),
    `<h2>Milestones, since just before open()</h2>${tableHtml(
      series.map(({ name }) => name),
      table,
    )}`,
    ...lists,
    '</body></html>',
  ].join('\n');
}

/** Answers the absolute path of the file. */
export function writeReport(file: string, report: Report): string {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, html(report));
  return path;
}
