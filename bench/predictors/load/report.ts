// What was found out about predictors of load: tables and a page.
import { barChart, type Bar } from '../../common/bar_chart.js';
import { escapeHtml } from '../../common/line_chart.js';
import { page } from '../../common/page.js';
import { htmlTable, tableOf, type Table } from '../../common/tables.js';
import type { CostScore, RecordsScore } from './evaluate.js';
import { ratioOf, strictRatioOf, type SeriesScore } from './score.js';
import { families } from './series.js';

export interface LoadResult {
  readonly series: readonly SeriesScore[];
  readonly records: readonly RecordsScore[];
}

const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const familyNames = new Set<string>(families);
const worstAllowed = 1.02;

/** The scores of each plugin. */
function pluginsOf(series: readonly SeriesScore[]): [string, readonly SeriesScore[]][] {
  const names = Array.from(new Set(series.map(({ plugin }) => plugin)));
  return names.map((name) => [name, series.filter(({ plugin }) => plugin === name)]);
}

/** The families in the order in which they come; at last all series of those that the bar is of. */
function groupsOf(series: readonly SeriesScore[]): [string, readonly SeriesScore[]][] {
  const names = Array.from(new Set(series.map(({ family }) => family)));
  const groups = names.map((name): [string, SeriesScore[]] => [name, series.filter(({ family }) => family === name)]);
  const [main, others] = [groups.filter(([name]) => familyNames.has(name)), groups.filter(([name]) => !familyNames.has(name))];
  const all = main.flatMap(([, scores]) => scores);
  return [...main, ...(all.length > 0 ? [['all of these', all] as [string, SeriesScore[]]] : []), ...others];
}

function familyRow([name, scores]: [string, readonly SeriesScore[]]): string[] {
  const ratios = scores.map(ratioOf);
  const worst = scores[ratios.indexOf(Math.max(...ratios))]!;
  return [
    name,
    String(scores.length),
    scores.reduce((sum, { points }) => sum + points, 0).toLocaleString('en'),
    mean(ratios).toFixed(3),
    mean(scores.map(strictRatioOf)).toFixed(3),
    mean(scores.map(({ error, lastValue }) => error / lastValue)).toFixed(3),
    mean(scores.map(({ error, average }) => error / average)).toFixed(3),
    `${ratioOf(worst).toFixed(3)} ${worst.name}`,
    String(ratios.filter((ratio) => ratio > worstAllowed).length),
  ];
}

const familyHead = [
  'family',
  'series',
  'values counted',
  'error over the better of last value and EWMA 0.3',
  'over the better of last value and the best EWMA of the series',
  'over last value',
  'over EWMA 0.3',
  'worst series',
  `series above ${worstAllowed}`,
];

/** A table for each plugin. */
const familyTables = (series: readonly SeriesScore[]): Table[] =>
  pluginsOf(series).map(([plugin, scores]) => ({
    title: `${plugin}: mean absolute error one step ahead, as a ratio, mean of the series`,
    head: familyHead,
    rows: groupsOf(scores).map(familyRow),
  }));

const seriesTable = (series: readonly SeriesScore[]): Table => ({
  title: 'Each series',
  head: ['plugin', 'series', 'family', 'error', 'last value', 'EWMA 0.3', 'best EWMA', 'ratio'],
  rows: series.map((score) => [
    score.plugin,
    score.name,
    score.family,
    ...[score.error, score.lastValue, score.average, score.bestAverage].map((error) => error.toPrecision(4)),
    ratioOf(score).toFixed(3),
  ]),
});

const leastError = (scores: readonly CostScore[]): number =>
  Math.min(...scores.filter(({ plugin }) => !plugin).map(({ error }) => error));

const recordTable = ({ name, about, records, scores }: RecordsScore): Table => ({
  title: `${name}: ${about}; ${records.toLocaleString('en')} records`,
  head: ['by', 'rank correlation', 'mean absolute error', 'over that of the best plain guess', 'guessed sum / true sum'],
  rows: scores.map(({ by, correlation, error, sums }) => [
    by,
    correlation.toFixed(3),
    error.toPrecision(4),
    (error / leastError(scores)).toFixed(3),
    sums.toFixed(3),
  ]),
});

const summaryOf = ({ series, records }: LoadResult): Table[] => [
  ...familyTables(series),
  ...records.map(recordTable),
];

export const loadTables = (result: LoadResult): string =>
  summaryOf(result).map(({ title, head, rows }) => tableOf(title, head, rows)).join('\n');

const colour = '#2a6f97';

function familyBars(series: readonly SeriesScore[]): Bar[] {
  return groupsOf(series).map(([name, scores]) => {
    const ratios = scores.map(ratioOf);
    return { name, colour, median: mean(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) };
  });
}

function seriesBars(series: readonly SeriesScore[]): Bar[] {
  const own = series.filter(({ family }) => familyNames.has(family)).toSorted((a, b) => ratioOf(a) - ratioOf(b));
  return own.map((score) => {
    const ratio = ratioOf(score);
    return { name: score.name, colour, median: ratio, least: ratio, greatest: ratio };
  });
}

const namesWidth = 320;

const chartsOf = ([plugin, series]: [string, readonly SeriesScore[]]): string[] => [
  barChart(`${plugin}: error over the better of last value and EWMA 0.3: mean, least, greatest`, familyBars(series), namesWidth),
  barChart('The same, of each series', seriesBars(series), namesWidth),
];

export function loadHtml(machine: string, result: LoadResult): string {
  const { series } = result;
  return page('Predictors of load', [
    `<p>${escapeHtml(machine)}. Every value is predicted from those before it; the first tenth of a series is not counted.</p>`,
    ...pluginsOf(series).flatMap(chartsOf),
    ...[...summaryOf(result), ...(series.length > 0 ? [seriesTable(series)] : [])].map(htmlTable),
  ]);
}
