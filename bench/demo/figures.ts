// The figures of the recoveries: medians over the repetitions, and how they are written.
import { recoveryUses, type Found, type Measured, type RecoveryUse } from './messages.js';
import { binMs, median, notReached } from './milestones.js';
import { megabyte } from './options.js';
import type { Attempt } from './restore.js';

export interface Series {
  readonly use: RecoveryUse;
  readonly name: string;
  readonly runs: readonly Measured[];
  /** Requests a second in each bin of shownMs, from the start of the process on; of the run in the middle. */
  readonly rates: readonly number[];
}

export const names: Record<RecoveryUse, string> = {
  fast: 'fast-restore',
  standard: 'standard only',
  log: 'log only',
};

/** Width of the bins that are drawn. */
export const shownMs = 20;
/** Charts end here at the latest. */
const shownMaxMs = 20_000;

const perShown = shownMs / binMs;

/** Bins since the start of the process; none before open(). */
function ratesOf({ bins, milestones }: Measured): number[] {
  const before = Math.round(milestones.startMs / shownMs);
  const sums = Array.from({ length: Math.floor(bins.length / perShown) }, (_, i) =>
    bins.slice(i * perShown, (i + 1) * perShown).reduce((sum, count) => sum + count, 0),
  );
  const rates = sums.map((count) => (count * 1000) / shownMs);
  return [...Array.from({ length: before }, () => 0), ...rates].slice(0, shownMaxMs / shownMs);
}

/** The run whose time to nine tenths of its warm rate is the median, or next to it. */
function middleRun(runs: readonly Measured[]): Measured | undefined {
  const time = ({ milestones: { reached90Ms } }: Measured) => (reached90Ms === notReached ? Infinity : reached90Ms);
  return runs.toSorted((a, b) => time(a) - time(b))[Math.floor((runs.length - 1) / 2)];
}

export function seriesOf(attempts: readonly Attempt[]): Series[] {
  return recoveryUses.map((use) => {
    const runs = attempts.flatMap((attempt) => (attempt.use === use && attempt.measured ? [attempt.measured] : []));
    const middle = middleRun(runs);
    return { use, name: names[use], runs, rates: middle === undefined ? [] : ratesOf(middle) };
  });
}

/** Figures that are worth drawing: up to where the slowest has been warm for a moment. */
export function shownBins(series: readonly Series[]): number {
  return Math.max(1, ...series.map(({ rates }) => rates.length));
}

export interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

export const milliseconds = (ms: number): string =>
  ms === notReached ? 'not reached' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
export const count = (number: number): string => Math.round(number).toLocaleString('en');
export const megabytes = (bytes: number): string => `${(bytes / megabyte).toFixed(1)} MB`;

function sourceOf({ index, fastRecords }: Found): string {
  return fastRecords > 0 ? `${index} + fast-restore` : index;
}

/** A row of medians; a run that did not reach a milestone counts as the slowest. */
function medianRow(
  name: string,
  series: readonly Series[],
  value: (run: Measured) => number,
  show: (value: number) => string,
): Row {
  const cell = ({ runs }: Series) => {
    if (runs.length === 0) return 'failed';
    const middle = median(runs.map(value).map((one) => (one === notReached ? Infinity : one)));
    return show(middle === Infinity ? notReached : middle);
  };
  return { name, cells: series.map(cell) };
}

/** The table that the run ends with. */
export function tableOf(series: readonly Series[]): Row[] {
  const row = (name: string, value: (run: Measured) => number, show = milliseconds) =>
    medianRow(name, series, value, show);
  const first = (name: string, show: (found: Found) => string): Row => ({
    name,
    cells: series.map(({ runs }) => (runs[0] === undefined ? 'failed' : show(runs[0].found))),
  });
  return [
    row('open() resolved', ({ milestones }) => milestones.openMs),
    row('first answer', ({ milestones }) => milestones.firstAnswerMs),
    row('50 % of own warm rate', ({ milestones }) => milestones.reached50Ms),
    row('90 % of own warm rate', ({ milestones }) => milestones.reached90Ms),
    row('99 % of own warm rate', ({ milestones }) => milestones.reached99Ms),
    row('requests in the first second', ({ milestones }) => milestones.firstSecond, count),
    row('warm rate, requests/s', ({ milestones }) => milestones.warmRate, count),
    row('phase hot', ({ found }) => found.hotMs),
    row('phase full', ({ found }) => found.fullMs),
    row('tail replayed', ({ found }) => found.tailBytes, megabytes),
    first('index from', sourceOf),
    row('read from fast-restore images', ({ found }) => found.fastBytes, megabytes),
    row('read from the log to warm up', ({ found }) => found.restBytes, megabytes),
  ];
}

/** What went wrong in an attempt; nothing if all went well. */
export function problemsOf({ measured, failure, use }: Attempt): string[] {
  const of = (text: string) => `${names[use]}: ${text}`;
  if (failure !== undefined || measured === undefined) return [of(`recovery failed: ${failure}`)];
  const { verdict, wrongAnswers, found } = measured;
  return [
    ...(verdict.lost > 0 ? [of(`${count(verdict.lost)} acknowledged writes are lost`)] : []),
    ...(verdict.wrong > 0 ? [of(`${count(verdict.wrong)} values were never written so`)] : []),
    ...(wrongAnswers > 0 ? [of(`${count(wrongAnswers)} answers were wrong while it recovered`)] : []),
    ...(found.damage > 0 ? [of(`it reports ${found.damage} damaged ranges`)] : []),
    ...verdict.examples.map((example) => of(example)),
  ];
}

export function verdictLine({ measured, use }: Attempt): string[] {
  if (measured === undefined) return [];
  const { keys, exact, newer, lost, wrong } = measured.verdict;
  const late = newer === 0 ? '' : `, ${count(newer)} newer (under way at the crash)`;
  const bad = lost + wrong === 0 ? '0 lost' : `${count(lost)} LOST, ${count(wrong)} WRONG`;
  const checked = `${count(measured.checkedAnswers)} of ${count(measured.served)} answers`;
  const answers = `${checked} while it recovered were checked, ${measured.wrongAnswers} wrong`;
  return [`${names[use]}: ${count(keys)} keys: ${count(exact)} exact${late}, ${bad}; ${answers}`];
}
