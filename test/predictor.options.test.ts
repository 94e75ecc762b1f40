// The option `predictors`: each of its own is checked by name, and it must fit the others.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { open } from '../src/index.js';
import { moduleOf } from './support/predictor-modules.js';
import { PredictedStore } from './support/predicted-store.js';
import { failsWith, freshDirectory, smallStore } from './support/stores.js';

const noNumbers = ['1', null, NaN, Infinity, -1, {}, true];
const cyclic: Record<string, unknown> = {};
cyclic['itself'] = cyclic;
const noChoices = [null, 5, true, '', [], {}, { plugin: '' }, { plugin: 5 }, { plugin: 'ensemble', setting: {} }];
const noSettings = [5, 'fast', null, [], { learn() {} }, { count: 1n }, { symbol: Symbol('s') }, cyclic];
const nowhere = ['./nowhere.js', '/nowhere/at-all.js', 'no-such-package', { plugin: './nowhere.js' }];
const badChoices = [...noChoices, ...nowhere, ...noSettings.map((settings) => ({ plugin: 'ensemble', settings }))];

/** Per option what it must not be. */
const bad: Record<string, readonly unknown[]> = {
  access: [...badChoices, false],
  challengers: ['ensemble', {}, null, Array(9).fill('successor'), ['successor', './nowhere.js'], ...noChoices.map((one) => [one])],
  failure: badChoices,
  trackedKeys: [...noNumbers, 999, 4_194_305, 1000.5],
  keys: [...noNumbers, 15, 1_048_577, 16.5],
  budgetShare: [...noNumbers, 0, 1.01],
  interval: [...noNumbers, 99, 3_600_001, 100.5],
  accessesPerSecond: [...noNumbers, 4095, 16_777_217],
  deadline: [...noNumbers, 9, 600_001],
  memoryLimit: [...noNumbers, 2 ** 24 - 1, 2 ** 34 + 1],
  colour: ['red'],
};

const refused = (t: ExecutionContext, directory: string, options: object, what: string) =>
  failsWith(t, 'FORESHARD_BAD_OPTION', open(directory, { ...smallStore, ...options }), what);

test('a bad option of predictors is taken, or not named', async (t) => {
  for (const [option, values] of Object.entries(bad))
    for (const [i, value] of values.entries()) {
      const error = await refused(t, 'nowhere', { predictors: { [option]: value } }, `${option} ${i}`);
      t.true(error.message.startsWith(`predictors.${option}`), error.message);
      t.true(String(error.context.option).startsWith(`predictors.${option}`));
    }
  for (const value of [null, true, 0, '', 'ensemble', 5]) {
    const error = await refused(t, 'nowhere', { predictors: value }, String(value));
    t.is(error.context.option, 'predictors');
  }
  const access = { plugin: 'ensemble', settings: { learn() {} } };
  t.is((await refused(t, 'nowhere', { predictors: { access } }, 'a function')).context.option, 'predictors.access.settings');
});

test('predictors are taken where nothing can be predicted, or the directory stays locked', async (t) => {
  const directory = freshDirectory();
  const nothing = [{ trackHeat: false }, { checkpoints: false }, { tiers: { fastBudget: 0 } }, { recovery: { use: 'log' } }];
  for (const options of nothing) {
    const error = await refused(t, directory, { ...options, predictors: {} }, JSON.stringify(options));
    t.is(error.context.option, 'predictors');
    for (const predictors of [undefined, false]) {
      const all: object = { ...smallStore, ...options, predictors };
      await (await open(directory, all)).close();
    }
  }
});

test('settings that are changed after open() change a predictor, or end the process', async (t) => {
  const settings: Record<string, unknown> = { word: 'before' };
  const create = "({ settings }) => { throw new Error(settings.word); }";
  const definition = `{ name: 'tells', role: 'access', columns: [], create: ${create} }`;
  const file = moduleOf('tells', `export default definePredictor(${definition});`);
  const it = await PredictedStore.open(freshDirectory(), { access: { plugin: file, settings } });
  settings['word'] = 'after';
  settings['learn'] = () => {};
  await it.until('a failure', () => it.failureOf(file) !== undefined);
  t.regex(it.failureOf(file)!.reason, /: before$/);
  await it.store.close();
});

test('a module that goes after open() takes more with it than its predictor', async (t) => {
  const file = join(freshDirectory(), 'goes.mjs');
  writeFileSync(file, 'export default 1;');
  const it = await PredictedStore.open(freshDirectory(), { access: file, challengers: [{ plugin: 'successor', settings: {} }] });
  rmSync(file);
  await it.until('a failure', () => it.failureOf(file) !== undefined);
  t.like(it.failureOf(file), { hook: 'import', fault: 'threw' });
  t.regex(it.failureOf(file)!.reason, /neither a file or package/);
  await it.until('a prediction', () => it.predictedTime > 0);
  t.is(it.figures!.prediction!.by, 'decaying-average');
  await it.store.close();
  t.deepEqual(it.wrong, []);
});
