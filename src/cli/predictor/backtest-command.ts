// foreshard predictor backtest PATH
import { defaultBudgets } from '../../predictor/backtest/backtest.js';
import { parseBudget } from '../../predictor/backtest/budget.js';
import { Misuse, textGiven, textsGiven, wholeGiven, type Command, type OptionValues } from '../command.js';
import { shortNumber, tableLines, visible } from '../text.js';
import { writeWhole } from '../whole-file.js';
import { entrantsOf, type Entrant } from './contestants.js';
import { headOf, rowOf, summaryText, type TraceFigures } from './figures.js';
import { backtestPage } from './page.js';
import { figuresOn, reportOf, type Report, type ReportOptions } from './report.js';
import { settingsGiven } from './settings.js';

interface Asked {
  readonly specifiers: readonly string[];
  readonly traces: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly options: ReportOptions;
  readonly json: string | undefined;
  readonly html: string | undefined;
}

const pointsMax = 10_000;
const horizonMax = 1_000_000;
const seedMax = 2 ** 32 - 1;

function budgetsGiven(values: OptionValues): readonly string[] {
  const budgets = (values.budgets as string | undefined)?.split(',').map((budget) => budget.trim()) ?? defaultBudgets;
  for (const budget of budgets)
    if (parseBudget(budget) === undefined) throw new Misuse(`--budgets: "${budget}" is no budget, as 1000, 2% or 64MiB are.`);
  return budgets;
}

function askedBy(first: string, values: OptionValues): Asked {
  const traces = textsGiven(values, 'trace', 'the name of a file');
  if (traces.length === 0) throw new Misuse('--trace FILE is needed: a recorded sequence of accesses.');
  return {
    specifiers: [first, ...textsGiven(values, 'beside', 'a predictor')],
    traces,
    settings: settingsGiven(values),
    options: {
      budgets: budgetsGiven(values),
      points: wholeGiven(values, 'points', { min: 1, max: pointsMax }) ?? 20,
      horizon: wholeGiven(values, 'horizon', { min: 1, max: horizonMax }) ?? 1000,
      seed: wholeGiven(values, 'seed', { min: 0, max: seedMax }) ?? 1,
    },
    json: textGiven(values, 'json', 'the name of a file'),
    html: textGiven(values, 'html', 'the name of a file'),
  };
}

/** Names and files are arbitrary text. */
const say = (...lines: readonly string[]) => process.stdout.write(lines.map((line) => `${visible(line)}\n`).join(''));

function sayHead(entrants: readonly Entrant[], { horizon, points, seed }: ReportOptions): void {
  const names = entrants.map(({ name, definition }) => `${name} (version ${definition.version})`);
  say(
    `${names.join(' beside ')}, seed ${seed}`,
    `Per cent of the next ${horizon} reads after a crash that the first keys of each order serve; ${points} crash points a trace.`,
  );
}

function sayTrace({ trace, accesses, keys, points, cells }: TraceFigures, names: readonly string[]): void {
  const about = `${trace}: ${shortNumber(accesses)} accesses, ${shortNumber(keys)} keys, ${points} crash points`;
  say('', about, ...tableLines([headOf(names).map(visible), ...cells.map((cell) => rowOf(cell, names))]));
}

/** Each trace is said as soon as it is done. */
async function reportOn({ specifiers, settings, traces: files, options }: Asked): Promise<Report> {
  const entrants = await entrantsOf(specifiers, settings);
  sayHead(entrants, options);
  const traces: TraceFigures[] = [];
  const leftOut: string[] = [];
  for (const file of files) {
    const figures = await figuresOn(file, entrants, options);
    if (figures) sayTrace(figures, entrants.map(({ name }) => name));
    else say('', `${file} has no reads behind a crash point, and is left out.`);
    if (figures) traces.push(figures);
    else leftOut.push(file);
  }
  return reportOf(entrants, options, traces, leftOut);
}

async function run(first: string, values: OptionValues): Promise<number> {
  const asked = askedBy(first, values);
  const report = await reportOn(asked);
  if (report.traces.length > 0) say('', ...summaryText(report.summary));
  if (asked.json !== undefined) await writeWhole(asked.json, `${JSON.stringify(report, null, 2)}\n`);
  if (asked.html !== undefined) await writeWhole(asked.html, backtestPage(report));
  return report.traces.length > 0 ? 0 : 1;
}

/** The exit code is 1 if no trace has reads. */
export const predictorBacktest: Command = {
  name: 'predictor backtest',
  args: ['PATH'],
  about: 'what a predictor would have been worth on traces; PATH: a bundled one (as ensemble), a file or a package',
  options: {
    trace: { type: 'string', value: 'FILE', multiple: true, about: 'a trace, as of store.heat.record(); may be given again' },
    beside: { type: 'string', value: 'PATH', multiple: true, about: 'another predictor to compare; may be given again' },
    budgets: { type: 'string', value: 'LIST', about: 'keys, shares of the keys seen, or bytes (64MiB); default 1000,2%,10%,25%' },
    points: { type: 'string', value: 'N', about: 'crash points in a trace; default 20' },
    horizon: { type: 'string', value: 'N', about: 'reads after a crash that count; default 1000' },
    seed: { type: 'string', value: 'N', about: 'for whatever is random in predictors; default 1' },
    settings: { type: 'string', value: 'JSON', about: 'settings for the predictor PATH, as an object' },
    json: { type: 'string', value: 'FILE', about: 'write all figures into a file' },
    html: { type: 'string', value: 'FILE', about: 'write a page with drawings' },
  },
  examples: [
    'foreshard predictor backtest ensemble --trace monday.csv.gz --trace tuesday.csv.gz --html backtest.html',
    'foreshard predictor backtest ./mine.js --beside ensemble --trace monday.csv.gz --budgets 1000,5%,64MiB',
  ],
  run: ([first], values) => run(first!, values),
};
