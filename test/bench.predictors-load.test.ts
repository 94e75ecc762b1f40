// The benchmark of predictors of load in miniature, on data that is made up.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { evaluateLoad } from '../bench/predictors/load/command.js';
import { scoreSeries } from '../bench/predictors/load/evaluate.js';
import { costColumns, plainGuesses } from '../bench/predictors/load/guesses.js';
import { rankCorrelation, ranksOf } from '../bench/predictors/load/ranks.js';
import { fieldsOf } from '../bench/predictors/load/records.js';
import { loadHtml, loadTables } from '../bench/predictors/load/report.js';
import { movingAverage, ratioOf, scoreOf, strictRatioOf, type SeriesScore } from '../bench/predictors/load/score.js';
import { otherClients, publicSeries, reversed, withoutEmptyWindows } from '../bench/predictors/load/series.js';
import { Random } from './support/random.js';
import { freshDirectory } from './support/stores.js';

const steps = 400;

const csv = (head: string, rows: readonly (readonly (number | string)[])[]): string =>
  `${[head, ...rows.map((row) => row.join(','))].join('\n')}\n`;

/** A wave of 24 steps with noise; 0 in two windows. */
function values(random: Random): number[] {
  const wave = (at: number) => 100 + 40 * Math.sin((2 * Math.PI * at) / 24) + random.below(10);
  return Array.from({ length: steps }, (_, at) => (at === 200 || at === 201 ? 0 : wave(at)));
}

const seriesCsv = (random: Random): string => csv('ts,value', values(random).map((value, at) => [5000 + at * 3600, value]));

/** A folder as the public data is laid out: two series, two clients of which one has a series, and records. */
function madeData(): string {
  const [folder, random] = [freshDirectory(), new Random(1)];
  for (const name of ['load/nab', 'load/llm_clients_small', 'events']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'load/nab/cpu.csv'), seriesCsv(random));
  writeFileSync(join(folder, 'load/llm_clients_small/client_00_id001.csv'), seriesCsv(random));
  const [some, others] = [values(random), values(random)];
  const table = csv('ts,c000,c001', some.map((value, at) => [at * 3600, value, others[at]!]));
  writeFileSync(join(folder, 'load/llm_clients_small_all_clients.csv.gz'), gzipSync(table));
  const event = () => ({ _path: random.pick(['dns', 'ssl']), list: Array.from({ length: random.below(400) }, (_, at) => at) });
  const events = Array.from({ length: 300 }, () => JSON.stringify(event())).join('\n');
  writeFileSync(join(folder, 'events/zeek_events.ndjson.gz'), gzipSync(events));
  const requests = Array.from({ length: 300 }, (_, at) => [at, 100 + random.below(1000), random.below(100)]);
  writeFileSync(join(folder, 'events/azure_llm_conv.csv.gz'), gzipSync(csv('ts_ms,context_tokens,generated_tokens', requests)));
  return folder;
}

test('a part of the benchmark does not run, or tells what is no number', async (t) => {
  const result = await evaluateLoad(madeData(), { others: true, turned: false }, () => {});
  const bySmoothing = result.series.filter(({ plugin }) => plugin === 'holt-winters');
  t.deepEqual(bySmoothing.map(({ family }) => family), [
    'nab',
    'llm_clients_small',
    'llm_clients_small, without empty windows',
    'llm_clients_small, other clients',
  ]);
  t.deepEqual(result.series.map(({ points }) => points), [360, 360, 358, 360, 360, 360, 358, 360]);
  t.is(result.records.length, 5);
  for (const score of bySmoothing) t.true(ratioOf(score) > 0 && ratioOf(score) < 1, score.name);
  for (const score of result.series) t.true(strictRatioOf(score) >= ratioOf(score), score.name);
  for (const { name, scores } of result.records) {
    t.deepEqual(scores.filter(({ plugin }) => plugin).map(({ by }) => by), ['record-cost', 'gradient-boosted-load']);
    for (const { by, correlation, error } of scores) t.true(correlation >= -1 && correlation <= 1 && error > 0, `${name} ${by}`);
  }
  const text = `${loadTables(result)}${loadHtml('this', result)}`;
  t.false(/NaN|undefined|Infinity/.test(text));
  for (const { name } of [...result.series, ...result.records]) t.true(text.includes(name), name);
});

/** Of a peak every minute of steps, by each plugin. */
async function peaksScored(first: number, step: number): Promise<SeriesScore[]> {
  const [folder, random] = [freshDirectory(), new Random(2)];
  mkdirSync(join(folder, 'load/nab'), { recursive: true });
  const rows = Array.from({ length: 1500 }, (_, at) => [first + at * step, (at % 60 < 5 ? 200 : 20) + random.below(10)]);
  writeFileSync(join(folder, 'load/nab/peaks.csv'), csv('ts,value', rows));
  return scoreSeries(publicSeries(folder), () => {});
}

test('series of short steps are learned worse when their times are those of this year', async (t) => {
  for (const step of [1, 10]) {
    const scores = await peaksScored(1_790_000_000, step);
    t.deepEqual(scores, await peaksScored(0, step));
    t.true(ratioOf(scores[0]!) < 0.6, `${step} s: ${ratioOf(scores[0]!)}`);
  }
});

test('windows without load are not left out, or others are', (t) => {
  const data = madeData();
  const [only] = withoutEmptyWindows(publicSeries(data));
  t.deepEqual(Array.from(only!.values, (value, at) => (Number.isNaN(value) ? at : -1)).filter((at) => at >= 0), [200, 201]);
  t.deepEqual(otherClients(data).map(({ name }) => name), ['c000']);
});

test('series are not turned round, or their times do not rise', (t) => {
  const one = { family: 'f', name: 'n', seconds: Float64Array.of(0, 10, 30), values: Float64Array.of(1, 2, 3) };
  const [turned] = reversed([one]);
  t.deepEqual([turned!.seconds, turned!.values], [Float64Array.of(0, 20, 30), Float64Array.of(3, 2, 1)]);
});

test('what a forecast is compared with knows the value that it is to forecast', (t) => {
  const own = Float64Array.of(1, 3, NaN, 5, 5);
  t.deepEqual(Array.from(movingAverage(own, 1)), [NaN, 1, 3, 3, 5]);
  t.deepEqual(Array.from(movingAverage(own, 0.5)), [NaN, 1, 2, 2, 3.5]);
});

test('errors are counted where there is no value, or in the warm-up', (t) => {
  const own = Float64Array.from({ length: 20 }, (_, at) => (at === 10 ? NaN : at));
  const forecasts = own.map((value, at) => (at < 2 ? 1e9 : value + 3));
  const score = scoreOf({ family: 'f', name: 'n', seconds: own, values: own }, 'p', forecasts);
  t.deepEqual([score.points, score.error], [17, 3]);
  t.is(score.lastValue, 18 / 17);
});

test('ranks of equal numbers differ, or correlations of orders that are the same or turned round are not whole', (t) => {
  t.deepEqual(Array.from(ranksOf([5, 1, 5, 9])), [1.5, 0, 1.5, 3]);
  t.is(rankCorrelation([1, 2, 3], [10, 100, 1000]), 1);
  t.is(rankCorrelation([1, 2, 3], [3, 2, 1]), -1);
  t.is(rankCorrelation([1, 1, 1], [3, 2, 1]), 0);
});

test('a plain guess knows the cost that it is to guess, or begins with what is no cost', (t) => {
  const own = Float64Array.of(10, 30, 20, 40);
  const unknown = own.map(() => -1);
  const type = Float64Array.of(0, 1, 0, 0);
  const records = { name: 'n', about: 'a', seconds: own, bytes: Float64Array.of(1, 2, 2, 4), type, complexity: unknown, cost: own };
  const { lastCost, typeCost, typeCostLast } = costColumns(records);
  t.deepEqual([lastCost, typeCostLast], [Float64Array.of(-1, 10, 30, 20), Float64Array.of(-1, -1, 10, 20)]);
  t.deepEqual(typeCost, Float64Array.of(-1, -1, 10, 11.25));
  t.deepEqual(Object.values(plainGuesses(records)).map((guesses) => Array.from(guesses)), [
    [0, 20, 80 / 3, 48],
    [0, 10, 30, 20],
    [0, 10, 20, 20],
    [0, 0, 10, 20],
    [0, 0, 10, 11.25],
  ]);
});

test('fields are not counted through all levels', (t) => {
  t.is(fieldsOf({ a: 1, b: { c: [1, 2], d: null } }), 6);
  t.is(fieldsOf('text'), 0);
});
