// What splits and merges cost a full load, and how well shards were cut: as tables, and as a page.
import { escapeHtml, lineChart } from '../../common/line_chart.js';
import { page } from '../../common/page.js';
import { median, rounded } from '../../common/statistics.js';
import { htmlTable, tableOf, type Table } from '../../common/tables.js';
import type { CutJudged, Halving } from './cuts.js';
import { rateOf, ratiosOf } from './split.js';
import type { ChangeSeen, LoadWindow, SplitMeasured } from '../tasks.js';

/** What so large a share of the numbers does not exceed. */
const percentile = (numbers: readonly number[], share: number) =>
  Float64Array.from(numbers).toSorted()[Math.min(numbers.length - 1, Math.floor(numbers.length * share))]!;

/** "median (lower to upper quartile)". */
const middle = (numbers: readonly number[]) =>
  `${median(numbers).toFixed(3)} (${percentile(numbers, 0.25).toFixed(2)} to ${percentile(numbers, 0.75).toFixed(2)})`;

function windowRow(name: string, what: LoadWindow['what'], runs: readonly SplitMeasured[]): string[] {
  const windows = runs.flatMap((run) => run.windows.filter((window) => window.what === what));
  const ratios = what === 'quiet' ? [] : runs.flatMap((run) => ratiosOf(run.windows, what));
  const [rates, p99s] = [ratios.map(({ rate }) => rate), ratios.map(({ p99 }) => p99)];
  return [
    name,
    String(windows.length),
    rounded(median(windows.map(rateOf))),
    ...(ratios.length === 0 ? ['', ''] : [middle(rates), Math.min(...rates).toFixed(2)]),
    rounded(median(windows.map(({ p99Ms }) => p99Ms))),
    ...(ratios.length === 0 ? [] : [middle(p99s), Math.max(...p99s).toFixed(2)]),
  ];
}

const beside = 'over the quiet ones beside (middle half)';

const windowsTable = (runs: readonly SplitMeasured[]): Table => ({
  title: 'Windows of a full load, half puts and half gets by Zipf 0.99',
  head: ['', 'windows', 'requests/s', beside, 'least', 'p99 ms', beside, 'greatest'],
  rows: [
    windowRow('quiet', 'quiet', runs),
    windowRow('with a split and a merge', 'split', runs),
    windowRow('control: nothing is changed', 'control', runs),
  ],
});

function pausesTable(runs: readonly SplitMeasured[]): Table {
  const row = (name: string, type: ChangeSeen['type']) => {
    const pauses = runs.flatMap(({ changes }) => changes.filter((change) => change.type === type).map(({ pauseUs }) => pauseUs));
    if (pauses.length === 0) return [name, '0'];
    return [name, String(pauses.length), ...[0.5, 0.99, 1].map((share) => rounded(percentile(pauses, share)))];
  };
  const rows = [row('splits', 'split'), row('merges', 'merge')];
  return { title: 'Pauses in us', head: ['', 'number', 'median', 'p99', 'longest'], rows };
}

function halvingRow(name: string, halvings: readonly (Halving | undefined)[]): string[] {
  const known = halvings.filter((one) => one !== undefined);
  if (known.length === 0) return [name, '0'];
  const of = (value: (one: Halving) => number) => {
    const numbers = known.map(value);
    return [median(numbers).toFixed(4), Math.max(...numbers).toFixed(4)];
  };
  const percents = (value: (one: Halving) => number) => {
    const numbers = known.map((one) => 100 * value(one));
    return [`${median(numbers).toFixed(2)} %`, `${Math.max(...numbers).toFixed(2)} %`];
  };
  return [
    name,
    String(known.length),
    ...of(({ heavier }) => heavier),
    ...of(({ heavierAtBest }) => heavierAtBest),
    ...percents(({ heavier, heavierAtBest }) => (heavier - heavierAtBest) / 2),
    ...percents(({ apart }) => apart),
  ];
}

const cutsHead = [
  'cuts, and what counts as load',
  'number',
  'heavier part / half',
  'worst',
  'at the best boundary',
  'worst',
  'load that the heavier part has more than there',
  'worst',
  'load between the two',
  'worst',
];

function cutsTable(runs: readonly SplitMeasured[]): Table {
  const cuts = runs.flatMap((run) => run.cuts);
  const between = cuts.filter(({ byHeat }) => byHeat !== undefined);
  const inside = cuts.filter(({ byHeat }) => byHeat === undefined);
  const exact = (some: readonly CutJudged[]) => some.map(({ exactly }) => exactly);
  return {
    title: 'Where shards were cut, beside the boundary of pages that halves their load best',
    head: cutsHead,
    rows: [
      halvingRow('between pages, by the heat', between.map(({ byHeat }) => byHeat)),
      halvingRow('between pages, by exact probabilities', exact(between)),
      halvingRow('inside of a page, by exact probabilities', exact(inside)),
    ],
  };
}

const tablesOf = (runs: readonly SplitMeasured[]): Table[] => [windowsTable(runs), pausesTable(runs), cutsTable(runs)];

export const splitTables = (runs: readonly SplitMeasured[]): string =>
  tablesOf(runs).map(({ title, head, rows }) => tableOf(title, head, rows)).join('\n');

function chart({ windows }: SplitMeasured, windowMs: number, title: string, of: (window: LoadWindow) => number): string {
  const marksMs = windows.flatMap(({ what }, at) => (what === 'split' ? [at * windowMs] : []));
  const toMs = (windows.length - 1) * windowMs;
  const lines = [{ name: title, colour: '#d1495b', values: windows.map(of) }];
  const xName = 'a split and a merge behind each broken line';
  return lineChart({ title, lines, stepMs: windowMs, fromMs: 0, toMs, yName: '', xName, marksMs });
}

export function splitHtml(machine: string, windowMs: number, runs: readonly SplitMeasured[]): string {
  return page('Splits under load', [
    `<p>${escapeHtml(machine)}. The charts are of the first run, a value for each window.</p>`,
    chart(runs[0]!, windowMs, 'requests a second', rateOf),
    chart(runs[0]!, windowMs, 'p99 in ms', ({ p99Ms }) => p99Ms),
    ...tablesOf(runs).map(htmlTable),
  ]);
}
