// Backtests of predictors: what is counted, what the best that could be is, and what a predictor must not see.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { backtest, type BacktestOptions, type Contestant } from '../src/predictor/backtest/backtest.js';
import { parseBudget } from '../src/predictor/backtest/budget.js';
import { readTrace, type Trace } from '../src/predictor/backtest/trace.js';
import { definePredictor, type AccessColumn, type AccessPredictor } from '../src/predictor/index.js';
import { Random } from './support/random.js';
import { failsWith, freshDirectory } from './support/stores.js';

const header = 'ts_ms,key,op,size';

function fileOf(lines: readonly string[], name = 'trace.csv'): string {
  const file = join(freshDirectory(), name);
  const text = `${[header, ...lines].join('\n')}\n`;
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

/** Of accesses like "a r 68". */
const traceOf = (accesses: readonly string[]): Promise<Trace> =>
  readTrace(fileOf(accesses.map((access, i) => `${i},${access.replaceAll(' ', ',')}`)));

function contestant(name: string, columns: readonly AccessColumn[], predictor: AccessPredictor<AccessColumn>): Contestant {
  const definition = definePredictor({ name, role: 'access', columns, create: () => predictor });
  return { definition, predictor };
}

const recent = contestant('recent', ['recencyRank'], { predict: ({ columns }) => columns.recencyRank.map((rank) => -rank) });
const large = contestant('large', ['bytes'], { predict: ({ columns }) => columns.bytes.slice() });
const equal = contestant('equal', [], { predict: ({ rows }) => new Float32Array(rows).fill(1) });

/** A crash in the middle: behind it b is read twice, a and the new key d once. With the overhead b takes 200 bytes, a and c 100. */
const tiny = ['a r 10', 'b r 168', 'a r 10', 'c r 68', 'a w 68', 'b r 168', 'a r 68', 'd r 1', 'b r 168', 'c w 68'];
const middle: BacktestOptions = { points: 1, from: 0.5, to: 0.5 };

test('the counts are not those made by hand', async (t) => {
  const budgets = ['1', '2', '50%', '100%', '1000'];
  const { points, cells } = await backtest(await traceOf(tiny), [recent], { ...middle, budgets });
  t.is(points, 1);
  t.deepEqual(cells.map(({ keys }) => keys), [1, 2, 2, 3, 1000]);
  for (const name of ['recency', 'count', 'decayed', 'recent'])
    t.deepEqual(cells.map(({ served }) => served[name]), [0.25, 0.25, 0.25, 0.75, 0.75], name);
  t.deepEqual(cells.map(({ served }) => served.oracle), [0.5, 0.75, 0.75, 0.75, 0.75]);
  t.true(cells.every(({ ceiling }) => ceiling === 0.75));
});

test('a budget in bytes is not cut where the sizes pass it, or sizes are not those of the last access', async (t) => {
  const budgets = ['99B', '200B', '250B', '399B', '0.4KB'];
  const { cells } = await backtest(await traceOf(tiny), [recent, large, equal], { ...middle, budgets });
  const served = (name: string) => cells.map((cell) => cell.served[name]);
  t.deepEqual(served('recency'), [0, 0.25, 0.25, 0.25, 0.75]);
  t.deepEqual(served('recent'), served('recency'), 'an order by places is no order by bytes');
  t.deepEqual(served('large'), [0, 0.5, 0.5, 0.75, 0.75]);
  t.deepEqual(served('equal'), [0, 0.25, 0.25, 0.25, 0.75], 'the smaller ones come first');
  t.deepEqual(served('oracle'), [0.2475, 0.5, 0.625, 0.75, 0.75]);
  t.deepEqual(cells.map(({ keys }) => +keys.toFixed(4)), [0.7425, 1.5, 1.875, 2.9925, 3]);
});

test('the oracle is below an order, or above the ceiling', async (t) => {
  const random = new Random(7);
  const accesses = Array.from({ length: 6000 }, () => {
    const key = random.below(1 + random.below(800));
    return `k${key} ${random.below(5) === 0 ? 'w' : 'r'} ${random.below(300)}`;
  });
  const any = contestant('any', [], { predict: ({ rows }) => Float32Array.from({ length: rows }, () => random.below(1000)) });
  const budgets = ['1', '20', '10%', '60%', '1KiB', '20KB', '1GiB'];
  const options = { points: 7, budgets, horizon: 300, lessonWhole: 50 };
  const { cells, points } = await backtest(await traceOf(accesses), [any, recent, large], options);
  t.is(points, 7);
  for (const { budget, served, ceiling } of cells) {
    for (const [name, share] of Object.entries(served))
      t.true(share >= 0 && share <= served.oracle! + 1e-9, `${name} at ${budget}`);
    t.true(served.oracle! <= ceiling + 1e-9, budget);
  }
  t.is(cells.at(-1)!.served.recency, cells.at(-1)!.ceiling);
});

test('a predictor can peek: it is asked after the reads were noted, or windows show what comes behind them', async (t) => {
  let noted = 0;
  const asked: number[] = [];
  const peeking = contestant('peeking', [], {
    observe: ({ first, keys, times, writes, sizes }) => {
      noted = first + keys.length;
      for (const array of [keys, times, writes, sizes]) t.is(array.buffer.byteLength, array.byteLength);
    },
    predict: ({ rows }) => {
      asked.push(noted);
      return new Float32Array(rows);
    },
  });
  const accesses = Array.from({ length: 2000 }, (_, i) => `k${i % 90} r 1`);
  await backtest(await traceOf(accesses), [peeking], { points: 3, from: 0.25, to: 0.75, budgets: ['10'] });
  t.deepEqual(asked, [500, 1000, 1500]);
});

test('keys in quotes are cut at their commas', async (t) => {
  const lines = ['1,"a,b",r,5', '2,"a,c",w,6', '3,"say ""x""",r,7', '4,"plain",r,8', '5,plain,r,9', '6,"a,b",r,10'];
  const trace = await readTrace(fileOf(lines));
  t.deepEqual([...trace.ids], [0, 1, 2, 3, 3, 0]);
  t.deepEqual([...trace.sizes], [5, 6, 7, 8, 9, 10]);
  t.deepEqual([...trace.writes], [0, 1, 0, 0, 0, 0]);
});

test('a packed file says something else than a plain one', async (t) => {
  const lines = Array.from({ length: 3000 }, (_, i) => `${i},k${(i * i) % 97},${i % 3 === 0 ? 'w' : 'r'},${i % 50}`);
  t.deepEqual(await readTrace(fileOf(lines, 'trace.csv.gz')), await readTrace(fileOf(lines)));
});

test('what is no trace is read as one', async (t) => {
  await failsWith(t, 'FORESHARD_NOT_FOUND', () => readTrace(join(freshDirectory(), 'none.csv')));
  for (const line of ['1,a,x,1', '1,a,r,', ',a,r,1', '1,,r,1', 'a', '-1,a,r,1'])
    t.regex((await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => readTrace(fileOf(['0,a,r,1', line])))).message, /line 3/, line);
});

test('a trace without reads has figures', async (t) => {
  for (const accesses of [[], ['a w 1', 'b w 1', 'c w 1']]) {
    const { points, cells } = await backtest(await traceOf(accesses), [recent]);
    t.deepEqual([points, cells], [0, []]);
  }
});

test('budgets that are none, or two orders of one name, are taken', async (t) => {
  for (const text of ['', '0', '1.5', '-1', '101%', '0%', '5 MB', '5XB', 'all', '1e3']) t.is(parseBudget(text), undefined, text);
  t.deepEqual(parseBudget('1.5MiB'), { text: '1.5MiB', unit: 'bytes', amount: 1.5 * 2 ** 20 });
  const trace = await traceOf(tiny);
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => backtest(trace, [], { budgets: ['half'] }));
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => backtest(trace, [recent, recent]));
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => backtest(trace, [{ ...recent, name: 'oracle' }]));
});
