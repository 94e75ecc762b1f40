// What recoveries have covered, as tables.
import { median } from '../../common/statistics.js';
import { tableOf } from '../../common/tables.js';
import type { CrashPoint, PredictorOutcome, RecoveriesResult } from './recoveries.js';
import type { EarlyReads } from './tasks.js';

type Which = 'first1000' | 'first10000';
const names: Readonly<Record<Which, string>> = { first1000: '1,000', first10000: '10,000' };

/** Sum of some classes: what is remembered and what changed since, what is predicted, the bands of heat. */
const classGroups = [
  ['remembered or changed', [0, 1]],
  ['predicted', [1, 2]],
  ['bands of heat', [2, Infinity]],
] as const;

/** Mean over the crash points that had reads behind them, as a share of the reads. */
function meanShare(points: readonly CrashPoint[], which: Which, of: (reads: EarlyReads) => number): string {
  const shares = points.map((point) => point[which]).filter(({ reads }) => reads > 0).map((early) => of(early) / early.reads);
  if (shares.length === 0) return '-';
  return `${((100 * shares.reduce((a, b) => a + b, 0)) / shares.length).toFixed(1)} %`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function rowOf({ predictor, points }: PredictorOutcome, which: Which): string[] {
  const share = (of: (reads: EarlyReads) => number) => meanShare(points, which, of);
  return [
    predictor,
    String(points.length),
    String(Math.round(sum(points.map((point) => point[which].reads)) / points.length)),
    share(({ ofRestoredKeys }) => ofRestoredKeys),
    share(({ ofReplayedKeys }) => ofReplayedKeys),
    ...classGroups.map(([, [from, to]]) => share(({ byClass }) => sum(byClass.slice(from, to)))),
    share(({ inPlace }) => inPlace),
    share(({ inMemory }) => inMemory),
    share(({ fromDisk }) => fromDisk),
    String(Math.round(median(points.map(({ imageRecords }) => imageRecords)))),
    median(points.map(({ hotMs }) => hotMs)).toFixed(1),
  ];
}

const headOf = (which: Which): string[] => [
  `first ${names[which]} reads`,
  'crashes',
  'reads counted, mean',
  'of restored keys',
  'of replayed keys',
  ...classGroups.map(([name]) => `restored: ${name}`),
  'still in place',
  'in memory',
  'from disk',
  'records in the image, median',
  'hot ms, median',
];

/** What the figures mean, for who reads the tables. */
export const recoveriesNotes = `Counted are reads of keys that were there before the crash, from the moment at which the store was
hot; mean shares over crash points. Restored: when the key was first read, its record was in memory in the place where a
fast-restore image had put it. Replayed: where the replay of the log's tail had put it, which comes before any image; what is in
the tail is back whether it was predicted or not. Still in place: it was there at this read, too, as the store itself counts
(early.restored); what eviction has moved within memory since, or a write has replaced, is not. In memory: also what was loaded
from the log behind the images, and read or written since the open. The others were read from disk.
`;

export function recoveriesTables({ trace, keys, fastBudget, dataBytes, accesses, seed, outcomes }: RecoveriesResult): string {
  const share = ((100 * fastBudget) / dataBytes).toFixed(1);
  const about = `${keys.toLocaleString('en')} keys, ${accesses.toLocaleString('en')} accesses, fastBudget ${share} %, seed ${seed}`;
  return (['first1000', 'first10000'] as const)
    .map((which) => tableOf(`${trace}: ${about}`, headOf(which), outcomes.map((outcome) => rowOf(outcome, which))))
    .join('\n');
}
