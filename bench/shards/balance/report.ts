// How even the shards were, and when: as tables, and as a page.
import { escapeHtml, lineChart } from '../../common/line_chart.js';
import { page } from '../../common/page.js';
import { median, rounded } from '../../common/statistics.js';
import { htmlTable, tableOf, type Table } from '../../common/tables.js';
import { evenWithin, settledMs, shownMs } from './balance.js';
import type { Balanced, ChangeSeen, Phase, ShardsMoment } from '../tasks.js';

const never = Infinity;
const ms = (value: number) => shownMs(value === never ? undefined : value);
const whole = (numbers: readonly number[]) => (numbers.length === 0 ? '' : Math.round(median(numbers)).toLocaleString('en'));
const last = ({ moments }: Phase): ShardsMoment => moments.at(-1)!;
const counted = ({ changes }: Phase, type: ChangeSeen['type']) => changes.filter((change) => change.type === type).length;
const greatest = (numbers: readonly number[]) => (numbers.length === 0 ? '' : rounded(Math.max(...numbers)));

function phaseRow(phases: readonly Phase[]): string[] {
  const settled = phases.map((phase) => settledMs(phase) ?? never);
  const middle = (of: (phase: Phase) => number) => median(phases.map(of));
  const over = (phase: Phase) => last(phase).busiest / last(phase).floor;
  const pauses = phases.flatMap(({ changes }) => changes.map(({ pauseUs }) => pauseUs));
  const moved = (phase: Phase) => phase.changes.reduce((sum, { movedBytes }) => sum + movedBytes, 0);
  return [
    phases[0]!.name,
    ms(median(settled)),
    ms(Math.max(...settled)),
    middle(({ moments }) => moments[0]!.busiest).toFixed(2),
    middle((phase) => last(phase).busiest).toFixed(2),
    middle((phase) => last(phase).floor).toFixed(2),
    `${middle(over).toFixed(3)} (${Math.max(...phases.map(over)).toFixed(3)})`,
    middle(({ equalSlices }) => equalSlices).toFixed(2),
    whole(phases.map((phase) => last(phase).starts.length)),
    whole(phases.map((phase) => counted(phase, 'split'))),
    whole(phases.map((phase) => counted(phase, 'merge'))),
    whole(pauses),
    greatest(pauses),
    (middle(moved) / 1e6).toFixed(1),
    whole(phases.map((phase) => (phase.reads * 1000) / (phase.toMs - phase.fromMs))),
  ];
}

const phaseHead = [
  '',
  'ms until even',
  'worst',
  'busiest / mean before',
  'at the end',
  'its floor',
  'over the floor (worst)',
  'equal slices',
  'shards',
  'splits',
  'merges',
  'pause us',
  'longest',
  'MB with a new owner',
  'reads/s',
];

/** The run that took as long as the median one. */
export function typical(runs: readonly Balanced[]): Balanced {
  const took = ({ phases }: Balanced) => phases.reduce((sum, phase) => sum + (settledMs(phase) ?? 1e9), 0);
  return runs.toSorted((a, b) => took(a) - took(b))[(runs.length - 1) >> 1]!;
}

function intervalTable({ phases }: Balanced): Table {
  const looks = phases.map(({ moments }) => moments.filter(({ why }) => why === 'interval'));
  const cell = (moment: ShardsMoment | undefined) =>
    moment === undefined ? '' : `${moment.busiest.toFixed(2)} / ${moment.floor.toFixed(2)} (${moment.sampled!.toFixed(2)})`;
  const sinceMs = ({ ms: at }: ShardsMoment) => String(Math.round(at - phases[0]!.fromMs));
  const rows = looks[0]!.map((moment, i) => [sinceMs(moment)].concat(looks.map((look) => cell(look[i]))));
  const title = 'Busiest shard over the mean / its floor (and by the reads of the interval), of the typical run';
  return { title, head: ['ms', ...phases.map(({ name }) => name)], rows };
}

const tablesOf = (runs: readonly Balanced[]): Table[] => [
  {
    title: `Zipf 0.99: until the busiest shard is within ${evenWithin} times the floor, and stays there`,
    head: phaseHead,
    rows: runs[0]!.phases.map((_, at) => phaseRow(runs.map(({ phases }) => phases[at]!))),
  },
  intervalTable(typical(runs)),
];

export const balanceTables = (runs: readonly Balanced[]): string =>
  tablesOf(runs).map(({ title, head, rows }) => tableOf(title, head, rows)).join('\n');

const stepMs = 10;

/** What a moment tells holds until the next. */
function chart(run: Balanced): string {
  const moments = run.phases.flatMap((phase) => phase.moments);
  const toMs = run.phases.at(-1)!.toMs;
  const steps = Array.from({ length: Math.ceil(toMs / stepMs) }, (_, step) => (step + 1) * stepMs);
  const line = (of: (moment: ShardsMoment) => number | undefined) => {
    const known = moments.filter((moment) => of(moment) !== undefined);
    return steps.map((at) => of(known.findLast((moment) => moment.ms <= at) ?? known[0]!)!);
  };
  return lineChart({
    title: 'busiest shard over the mean',
    lines: [
      { name: 'its floor', colour: '#00798c', values: line(({ floor }) => floor) },
      { name: 'by sampled reads', colour: '#cccccc', values: line(({ sampled }) => sampled) },
      { name: 'exactly', colour: '#d1495b', values: line(({ busiest }) => busiest) },
    ],
    stepMs,
    fromMs: 0,
    toMs,
    yName: 'busiest / mean',
    xName: 'the load jumps at the broken lines',
    marksMs: run.phases.slice(1).map(({ fromMs }) => fromMs),
  });
}

export function balanceHtml(machine: string, runs: readonly Balanced[]): string {
  return page('How soon shards are even', [
    `<p>${escapeHtml(machine)}. Medians of ${runs.length} runs; the chart is of the typical one.</p>`,
    chart(typical(runs)),
    ...tablesOf(runs).map(htmlTable),
  ]);
}
