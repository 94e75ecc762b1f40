// The recovery comparison as a table: a row for each store.
import { binMs, median, withSpread } from '../common/statistics.js';
import { tableOf } from '../common/tables.js';
import type { RecoveryOutcome, RecoveryRun } from './recovery.js';

const head = [
  '',
  'open() ms',
  'first value ms',
  '90 % of own warm rate ms',
  '99 % ms',
  "best peer's warm rate ms",
  'reads in the first second',
  'warm reads/s',
  'resident MB',
];

const spread = (runs: readonly RecoveryRun[], of: (run: RecoveryRun) => number | undefined): string => {
  const numbers = runs.map(of);
  const reached = numbers.filter((number) => number !== undefined);
  if (reached.length < numbers.length) return `${reached.length === 0 ? 'not' : `${reached.length} of ${numbers.length} runs`} reached`;
  return withSpread(reached);
};

const windowBins = 25; // half a second

/** Milliseconds until the median of the next half second is at least this rate; undefined: not in this run. */
function timeToServe({ bins }: RecoveryRun, perSecond: number): number | undefined {
  const enough = (perSecond * binMs) / 1000;
  for (let at = 0; at + windowBins <= bins.length; at++) {
    if (median(bins.slice(at, at + windowBins)) < enough) continue;
    const first = bins.slice(at, at + windowBins).findIndex((count) => count >= enough);
    return (at + first) * binMs;
  }
  return undefined;
}

/** The highest warm rate of all stores but Foreshard. */
export function bestPeerRate(outcomes: readonly RecoveryOutcome[]): number {
  const others = outcomes.filter(({ peer, runs }) => peer !== 'foreshard' && runs.length > 0);
  return Math.max(...others.map(({ runs }) => median(runs.map(({ warmPerSecond }) => warmPerSecond))));
}

export function recoveryTable(title: string, outcomes: readonly RecoveryOutcome[]): string {
  const best = bestPeerRate(outcomes);
  const rows = outcomes.map(({ peer, runs }) => [
    peer,
    spread(runs, ({ openMs }) => openMs),
    spread(runs, ({ firstMs }) => firstMs),
    spread(runs, ({ ms90 }) => ms90),
    spread(runs, ({ ms99 }) => ms99),
    Number.isFinite(best) ? spread(runs, (run) => timeToServe(run, best)) : '',
    spread(runs, ({ firstSecond }) => firstSecond),
    spread(runs, ({ warmPerSecond }) => warmPerSecond),
    spread(runs, ({ residentBytes }) => residentBytes / 1e6),
  ]);
  return tableOf(title, head, rows);
}
