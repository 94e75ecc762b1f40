// The command predictor backtest: its tables and files, and what it must not take.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { run, type Ended } from './support/programs.js';
import { projectRoot } from './support/source-tree.js';
import { freshDirectory } from './support/stores.js';

const main = join(projectRoot, 'dist/src/cli/main.js');
const backtest = (...args: string[]): Promise<Ended> => run(main, 'predictor', 'backtest', ...args).ended;

function traceOf(accesses: readonly string[], name = 'trace.csv'): string {
  const file = join(freshDirectory(), name);
  writeFileSync(file, `ts_ms,key,op,size\n${accesses.map((access, i) => `${i},${access}\n`).join('')}`);
  return file;
}

/** Keys are read in a circle: those used last are wanted last. */
const loop = (length = 4000, keys = 500) => traceOf(Array.from({ length }, (_, i) => `k${i % keys},r,100`), 'loop.csv');
/** Half of the reads go to few keys. */
const skewedKey = (i: number) => (i % 2 ? (i * 7) % 10 : (i * 13) % 900);
const skewed = () => traceOf(Array.from({ length: 4000 }, (_, i) => `k${skewedKey(i)},r,${i % 300}`), 'skewed.csv');
const writesOnly = () => traceOf(Array.from({ length: 500 }, (_, i) => `k${i},w,1`), 'writes.csv');

interface Cell {
  budget: string;
  keys: number;
  served: Record<string, number>;
  ceiling: number;
  gapClosed?: number;
}
interface Written {
  foreshard: string;
  options: { seed: number; budgets: string[] };
  predictors: { name: string; settings: object }[];
  traces: { trace: string; points: number; cells: Cell[] }[];
  leftOut: string[];
  summary: { gapClosed: number; worst: { trace: string; budget: string; pointsBelow: number } };
}

const percent = (share: number) => (100 * share).toFixed(1);
const written = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Written;

test('what follows does not beat recency on a loop', async (t) => {
  const json = join(freshDirectory(), 'figures.json');
  const small = ['--budgets', '100,20%,10KB', '--points', '5', '--horizon', '200'];
  const { code, output } = await backtest('successor', '--trace', loop(), ...small, '--json', json);
  t.is(code, 0, output);
  t.regex(output, /seed 1\n/);
  for (const { budget, served } of written(json).traces[0]!.cells) t.true(served.successor! > served.recency! + 0.1, budget);
  t.true(written(json).summary.gapClosed > 0.1);
  t.true(written(json).summary.worst.pointsBelow < -10);
});

test('the file of figures does not say what the tables say', async (t) => {
  const json = join(freshDirectory(), 'figures.json');
  const traces = [loop(), writesOnly(), skewed()];
  const given = traces.flatMap((trace) => ['--trace', trace]);
  const more = ['--beside', 'decaying-average', '--budgets', '50, 10%,8KiB', '--points', '4', '--horizon', '200', '--seed', '7'];
  const { code, output } = await backtest('successor', ...given, ...more, '--json', json);
  t.is(code, 0, output);
  const figures = written(json);
  t.deepEqual(figures.leftOut, [traces[1]]);
  t.true(output.includes(`${traces[1]} has no reads`));
  t.deepEqual(figures.traces.map(({ trace }) => trace), [traces[0]!, traces[2]!]);
  t.deepEqual([figures.options.seed, figures.options.budgets], [7, ['50', '10%', '8KiB']]);
  const rows = output.split('\n').map((line) => line.trim().split(/ {2,}/));
  const orders = ['recency', 'count', 'decayed', 'oracle', 'successor', 'decaying-average'];
  t.is(rows.filter((row) => row.join() === ['budget', 'keys', ...orders, 'ceiling', 'gap closed'].join()).length, 2);
  for (const { budget, keys, served, ceiling, gapClosed } of figures.traces.flatMap(({ cells }) => cells)) {
    const closed = gapClosed === undefined ? '-' : percent(gapClosed);
    const row = [budget, keys.toFixed(0), ...orders.map((name) => percent(served[name]!)), percent(ceiling), closed];
    t.true(rows.some((shown) => shown.join() === row.join()), row.join());
  }
  t.true(output.includes(`Mean gap closed: ${percent(figures.summary.gapClosed)} %`));
});

test('the page holds what is no number, or markup of others', async (t) => {
  const html = join(freshDirectory(), 'page.html');
  const trace = traceOf(Array.from({ length: 900 }, (_, i) => `k${i % 60},r,0`), '<b>&amp.csv');
  const { code, output } = await backtest('ensemble', '--trace', trace, '--trace', skewed(), '--budgets', '10,50%', '--html', html);
  t.is(code, 0, output);
  const page = readFileSync(html, 'utf8');
  t.notRegex(page, /NaN|undefined|Infinity|<b>|https?:/);
  t.is(page.split('<svg').length - 1, 2);
  t.is(page.split('<polyline').length - 1, 2 * 6);
  t.true(page.endsWith('</html>'));
});

test('one run does not give the same as another', async (t) => {
  const given = ['gradient-boosted', '--trace', skewed(), '--points', '3', '--seed', '5'];
  const outputs = [(await backtest(...given)).output, (await backtest(...given)).output];
  t.is(outputs[0], outputs[1]);
  t.regex(outputs[0]!, /seed 5\n/);
});

test('a module of one\'s own does not get its settings, or its name is taken by a baseline', async (t) => {
  const module = join(freshDirectory(), 'mine.mjs');
  const sdk = JSON.stringify(join(projectRoot, 'dist/src/predictor/index.js'));
  writeFileSync(module, `import { definePredictor } from ${sdk};
    const [role, columns] = ['access', ['recencyRank']];
    export default definePredictor({ name: 'recency', role, columns, create({ settings: { sign = -1 } }) {
      if (sign === 0) throw new Error('sign must not be 0');
      return { predict: ({ columns }) => columns.recencyRank.map((rank) => sign * rank) };
    } });`);
  const json = join(freshDirectory(), 'figures.json');
  const given = [module, '--trace', loop(), '--budgets', '50%', '--points', '3', '--json', json];
  t.is((await backtest(...given)).code, 0);
  const [plain] = written(json).traces[0]!.cells;
  t.is(plain!.served[module], plain!.served.recency);
  t.is((await backtest(...given, '--settings', '{"sign":1}')).code, 0);
  const [turned] = written(json).traces[0]!.cells;
  t.true(turned!.served[module]! > turned!.served.recency!);
  t.deepEqual(written(json).predictors[0]!.settings, { sign: 1 });
  const refused = await backtest(...given, '--settings', '{"sign":0}');
  t.is(refused.code, 1);
  t.regex(refused.output, /FORESHARD_BAD_ARGUMENT: .*create: sign must not be 0/);
});

test('what is no trace or no predictor is played', async (t) => {
  const folder = freshDirectory();
  const none = join(folder, 'none.mjs');
  writeFileSync(none, 'export default {};');
  const failures: [args: string[], message: RegExp][] = [
    [['successor', '--trace', none], /FORESHARD_BAD_ARGUMENT: .*none\.mjs, line 1/],
    [['successor', '--trace', join(folder, 'absent.csv')], /FORESHARD_NOT_FOUND: .*absent\.csv/],
    [[none, '--trace', loop(20)], /FORESHARD_BAD_ARGUMENT: .*none\.mjs: .*definePredictor/],
    [['absent-package', '--trace', loop(20)], /FORESHARD_NOT_FOUND: .*absent-package/],
    [['record-cost', '--trace', loop(20)], /FORESHARD_BAD_ARGUMENT: .*role load/],
    [['successor', '--beside', 'successor', '--trace', loop(20)], /FORESHARD_BAD_ARGUMENT: two orders/],
    [['successor', '--trace', writesOnly()], /left out/],
    [['successor', '--trace', loop(), '--html', join(folder, 'none', 'page.html')], /FORESHARD_IO: .*cannot be written/],
  ];
  for (const [args, message] of failures) {
    const { code, output } = await backtest(...args);
    t.is(code, 1, args.join(' '));
    t.regex(output, message);
  }
});

test('misuse is taken', async (t) => {
  const trace = ['--trace', 'trace.csv'];
  const misused = [
    ['ensemble'],
    trace,
    ['ensemble', 'successor', ...trace],
    ['ensemble', '--trace', ''],
    ['ensemble', '--trace'],
    ['ensemble', ...trace, '--beside', ''],
    ['ensemble', ...trace, '--points', '0'],
    ['ensemble', ...trace, '--points', '1.5'],
    ['ensemble', ...trace, '--horizon', 'far'],
    ['ensemble', ...trace, '--seed', '-1'],
    ['ensemble', ...trace, '--budgets', '10,,20'],
    ['ensemble', ...trace, '--budgets', '200%'],
    ['ensemble', ...trace, '--settings', '[1]'],
    ['ensemble', ...trace, '--settings', '{'],
    ['ensemble', ...trace, '--html', ''],
    ['ensemble', ...trace, '--json', ''],
    ['ensemble', ...trace, '--nothing'],
  ];
  for (const args of misused) {
    const { code, output } = await backtest(...args);
    t.is(code, 2, args.join(' '));
    t.regex(output, /Usage/);
  }
  for (const line of [['predictor'], ['predictor', 'nothing'], ['backtest', 'ensemble']])
    t.is((await run(main, ...line).ended).code, 2, line.join(' '));
  const help = await backtest('--help');
  t.is(help.code, 0);
  t.regex(help.output, /foreshard predictor backtest PATH \[options\] /);
  t.regex(help.output, /Examples\n[^]*foreshard predictor backtest ensemble --trace/);
});
