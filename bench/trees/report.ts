// What was measured of trees, as a table.
import { median } from '../common/statistics.js';
import { markdownTable } from '../common/tables.js';
import type { Measured, Trial } from './trial.js';

const seconds = ({ trainSeconds }: Measured): string => median(trainSeconds).toFixed(3);

const columns: [string, (trial: Trial) => string][] = [
  ['data set', ({ name }) => name],
  ['rows x columns', ({ rows, columns: width }) => `${rows.toLocaleString('en')} x ${width}`],
  ['loss', ({ loss }) => loss],
  ['error', ({ ours }) => ours.error.toPrecision(5)],
  ['of XGBoost', ({ peer }) => peer?.error.toPrecision(5) ?? '-'],
  ['ratio', ({ ours, peer }) => (peer ? (ours.error / peer.error).toFixed(3) : '-')],
  ['training s', ({ ours }) => seconds(ours)],
  ['first', ({ ours }) => ours.trainSeconds[0]!.toFixed(3)],
  ['of XGBoost', ({ peer }) => (peer ? seconds(peer) : '-')],
  ['least CPU s', ({ ours }) => ours.cpuSeconds.toFixed(3)],
  ['of XGBoost', ({ peer }) => peer?.cpuSeconds.toFixed(3) ?? '-'],
  ['prediction us/row', ({ ours }) => ours.predictUs.toFixed(2)],
  ['of XGBoost', ({ peer }) => peer?.predictUs.toFixed(2) ?? '-'],
];

export const treesTable = (trials: readonly Trial[]): string =>
  markdownTable({ head: columns.map(([name]) => name), rows: trials.map((trial) => columns.map(([, cell]) => cell(trial))) });
