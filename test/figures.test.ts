// The figures of the README in miniature, so that they cannot rot: they run, and what they read is right.
import test from 'ava';
import { memoryFigure } from '../bench/figures/memory.js';
import { openFigure } from '../bench/figures/open.js';
import { markdown, type Figure } from '../bench/figures/report.js';
import { restoreFigure } from '../bench/figures/restore.js';
import type { Settings } from '../bench/figures/settings.js';
import { onLine, timeToRate, warmRate } from '../bench/common/statistics.js';
import { freshDirectory } from './support/stores.js';

const settings = (): Settings => ({
  directory: freshDirectory(),
  keys: 20_000,
  runs: 1,
  reuse: false,
  trafficSeconds: 0.5,
  seconds: 3,
  putShare: 0.05,
  lanes: 64,
  memoryLimit: 64 << 20,
  fastShare: 0.3,
  segmentBytes: 4 << 20,
  io: 'auto',
  seed: 1,
  dropCaches: false,
  say: () => {},
});

function wellFormed({ table }: Figure): boolean {
  const [head, ...rows] = table;
  return rows.length > 3 && rows.every((row) => row.length === head!.length && !row.join('').includes('NaN'));
}

test.serial('the figure of the first answer cannot be made, or the answer is wrong', async (t) => {
  const figure = await openFigure(settings());
  t.true(wellFormed(figure), markdown(figure));
  const { runs } = figure.data as { runs: { correct: boolean; logs: { tailBytes: number; tailLimit: number }[] }[][] };
  for (const run of runs.flat()) {
    t.true(run.correct);
    t.true(run.logs.every((log) => log.tailBytes <= log.tailLimit), 'the cap on the tail holds');
  }
});

test.serial('the figure of the way back to the warm rate cannot be made, or values are wrong', async (t) => {
  const figure = await restoreFigure(settings());
  t.true(wellFormed(figure), markdown(figure));
  const { runs } = figure.data as { runs: { wrong: number; bins: number[] }[] };
  t.true(runs.every((run) => run.wrong === 0 && run.bins.some((count) => count > 0)));
});

test.serial('the figure of memory cannot be made, or values are wrong', async (t) => {
  const figure = await memoryFigure({ ...settings(), keys: 200_000 });
  t.true(wellFormed(figure), markdown(figure));
  t.true((figure.data as { runs: { wrong: number }[] }).runs.every((run) => run.wrong === 0));
});

test('the time to a rate is wrong', (t) => {
  const bins = [...Array<number>(20).fill(0), ...Array<number>(30).fill(50), ...Array<number>(200).fill(100)];
  t.is(warmRate(bins), 100);
  t.is(timeToRate(bins, 0.9, true), 1000);
  t.is(timeToRate(bins, 0.5, false), 400);
  t.is(timeToRate(bins, 1.5, true), undefined);
});

test('a value on the line through points is wrong, or made of a single point', (t) => {
  t.is(onLine([1, 2, 3], [10, 20, 30], 2.5), 25);
  t.is(onLine([0, 2], [1, 3], 10), 11);
  t.is(onLine([5], [1], 10), undefined);
});
