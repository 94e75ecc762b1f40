// The benchmark of failure predictors in miniature, on failures drawn from known rates.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import failureHazard from '../plugins/failure-hazard/index.js';
import { dataFolder, dataLines } from '../bench/common/public_data.js';
import { evaluate } from '../bench/predictors/failure/failure.js';
import { outageHistories, recordHistories, type History } from '../bench/predictors/failure/histories.js';
import { failureHtml, failureTables } from '../bench/predictors/failure/report.js';
import { roundsOf } from '../bench/predictors/failure/rounds.js';
import { Random } from './support/random.js';
import { freshDirectory } from './support/stores.js';

const day = 86_400;

/** A node whose times between failures are Weibull's of shape 0.6, as often as its number says. */
function clusteredHistory(random: Random, node: number): History {
  const outages: [number, number][] = [];
  for (let at = 0; at < 400 * day; ) {
    const uniform = (random.below(2 ** 30) + 1) / 2 ** 30;
    at += (60 / (1 + (node % 5))) * day * (-Math.log(uniform)) ** (1 / 0.6) + 60;
    if (at < 400 * day) outages.push([at, at + 60]);
  }
  return { from: 0, to: 400 * day, outages };
}

test('clustered failures of unlike nodes are foretold no better than by constants', async (t) => {
  const random = new Random(1);
  const histories = Array.from({ length: 100 }, (_, node) => clusteredHistory(random, node));
  const result = await evaluate({ name: 'drawn', about: 'drawn', histories, interval: day }, failureHazard);
  const [own, ...constants] = result.logLikelihoods.map(({ perFailure }) => perFailure);
  t.log(JSON.stringify(result.logLikelihoods));
  t.true(own! > constants[0]! && own! > constants[1]! && own! > constants[3]!);
  t.is(result.deciles.reduce((sum, { failures }) => sum + failures, 0), result.failures);
  t.is(result.deciles.reduce((sum, { rows }) => sum + rows, 0), result.rows);
  t.true(result.expected / result.failures > 0.8 && result.expected / result.failures < 1.25);
  const text = `${failureTables([result], [])}${failureHtml([result], [])}`;
  t.true(text.includes('constant of the node') && !text.includes('NaN') && !text.includes('undefined'));
});

test('a node that is down is asked for its failures', (t) => {
  const histories = [{ from: 0, to: 100, outages: [[12, 35], [52, 53], [55, 56]] as const }, { from: 30, to: 60, outages: [] }];
  const rounds = [...roundsOf(histories, 10)];
  const of = (node: number, name: 'interval' | 'sinceFailure') =>
    rounds.map(({ columns }) => columns[name][columns.node.indexOf(node)]);
  t.deepEqual(of(0, 'interval'), [10, 10, undefined, 5, 10, 10, 10, 10, 10, 10]);
  t.deepEqual(of(0, 'sinceFailure'), [-1, -1, undefined, 23, 28, 38, 5, 15, 25, 35]);
  t.deepEqual(of(1, 'interval').slice(2, 7), [undefined, 10, 10, 10, undefined]);
  t.deepEqual(rounds.map(({ targets }) => targets.reduce((a, b) => a + b, 0)), [0, 1, 0, 0, 0, 2, 0, 0, 0, 0]);
});

test('what is told of a node depends on the year', (t) => {
  const outages = [[12, 35], [52, 53], [55, 56]] as const;
  const later = (by: number): History[] => [
    { from: by, to: by + 100, outages: outages.map(([from, to]) => [by + from, by + to] as const) },
    { from: by + 30, to: by + 60, outages: [] },
  ];
  const told = (by: number) => Array.from(roundsOf(later(by), 10), ({ columns, targets }) => ({ columns, targets }));
  t.deepEqual(told(1_790_000_000), told(0));
  t.deepEqual(told(0).map(({ columns }) => columns.seconds[0]), [0, 10, undefined, 35, 40, 50, 60, 70, 80, 90]);
});

test('outages of one failure are counted twice, or nodes that never fail are left out', (t) => {
  const lines = ['1000,5000,A,0,3', '4000,9000,A,0,3', '9000,9500,A,0,3', '20000,21000,A,7,3'];
  const histories = outageHistories(['start_ms,end_ms,system,node,nodes_in_system', ...lines]);
  t.deepEqual(histories.map(({ outages }) => outages), [[[1, 9.5]], [], [], [[20, 21]]]);
  t.true(histories.every(({ from, to }) => from === 1 && to === 20));
});

test('the records of one incident are taken for many failures', (t) => {
  const near = ['0,R00-M0-N1', '200000,R00-M0-N2', '400000,R77-M1-N0', '450000,R00-M0-N1'];
  const lines = ['ts_ms,node', ...near, '2000000,R00-M0', '2000001,NULL'];
  const failures = (of: 'node' | 'all') =>
    recordHistories(lines, { silence: 300, of }).flatMap(({ outages }) => outages.map(([at]) => at));
  t.deepEqual(failures('node'), [0, 2000, 400]);
  t.deepEqual(failures('all'), [0, 2000]);
});

test('missing data is not said to be missing', (t) => {
  const directory = freshDirectory();
  t.throws(() => dataFolder(join(directory, 'none')), { message: /no folder/ });
  t.throws(() => dataLines(directory, 'failures/none.csv.gz'), { message: /The data is missing: .*--data DIR/ });
  writeFileSync(join(directory, 'some.csv'), 'head\nrow\n');
  t.deepEqual(dataLines(directory, 'some.csv'), ['head', 'row']);
});
