// Predictors that fail in every way: the store answers as a plain model does, the failure is told with its name, and the simple
// order serves instead.
import test, { type ExecutionContext } from 'ava';
import { open } from '../src/index.js';
import { moduleOf, unrulyModule } from './support/predictor-modules.js';
import { PredictedStore, type Predictors } from './support/predicted-store.js';
import type { Mode, UnrulyOptions } from './support/plugins/unruly.js';
import { freshDirectory, smallStore } from './support/stores.js';

/** What is told of a failure: in which hook (undefined: in whichever is called next), how, and in which words. */
type Told = readonly [hook: string | undefined, fault: string, words: RegExp];
/** A module, under which name it is told, and what is told. */
type Case = readonly [module: string, name: string, told: Told];

let made = 0;
const nameOf = (mode: Mode): string => `${mode.toLowerCase().replaceAll(' ', '-')}-${made++}`;

/** One that misbehaves in a hook. */
function bad(runs: UnrulyOptions['runs'], hook: UnrulyOptions['hook'], mode: Mode, fault: string, words: RegExp): Case {
  const name = nameOf(mode);
  // Others in this process may take memory while an earlier hook runs.
  const told = mode.endsWith(' later') || fault === 'memory' ? undefined : hook;
  return [unrulyModule({ name, runs, hook, mode }), name, [told, fault, words]];
}

/** One that fails before it has told its name. */
function nameless(text: string, fault: string, words: RegExp): Case {
  const file = moduleOf('nameless', text);
  return [file, file, ['import', fault, words]];
}

async function untilFallbackServes(it: PredictedStore): Promise<void> {
  const simple = 'decaying-average';
  await it.until('a prediction of the simple one', () => it.figures?.serving === simple && it.figures.prediction?.by === simple);
  await it.until('its place in the store', () => it.predictedKeys > 0);
}

/** As the store is, and as it is when it has been opened again. */
async function agreesWithItsModel(t: ExecutionContext, it: PredictedStore, directory: string): Promise<void> {
  await it.readAll();
  await it.store.close();
  const again = await open<'utf8'>(directory, { ...smallStore, predictors: false, valueEncoding: 'utf8' });
  for (const [key, value] of it.model) if (again.getSync(key) !== value) it.wrong.push(`after a restart: ${key}`);
  await again.close();
  t.deepEqual(it.wrong, []);
}

/** The first predicts, the others are scored beside it. */
async function isOutlived(t: ExecutionContext, cases: readonly Case[], options: Predictors = {}): Promise<PredictedStore> {
  t.timeout(120_000);
  const [access, ...challengers] = cases.map(([module]) => module);
  const directory = freshDirectory();
  const it = await PredictedStore.open(directory, { access: access!, challengers, ...options });
  for (const [, name, [hook, fault, words]] of cases) {
    await it.until(`a failure of ${name}`, () => it.failureOf(name) !== undefined);
    const event = it.failureOf(name)!;
    t.deepEqual([event.hook, event['fault']], [hook ?? event.hook, fault], `${name}: ${event.reason}`);
    t.regex(event.reason, words);
    t.true(event.reason.startsWith(`${name}: ${event.hook}: `), event.reason);
  }
  await untilFallbackServes(it);
  t.is(it.figures!.standings[0]!.failures, 0);
  const { now, past } = it.store.predictors.why();
  t.deepEqual(now, it.figures!.standings);
  t.deepEqual(past.map(({ reason }) => reason), it.events.map(({ reason }) => reason));
  await agreesWithItsModel(t, it, directory);
  return it;
}

/** Found out by limits: the fewer threads there are beside, the surer. */
const short: Predictors = { deadline: 300 };
const small: Predictors = { memoryLimit: 2 ** 24 };

for (const runs of ['pool', 'inline'] as const)
  test(`a predictor that throws or gives what is no answer changes one of the store, or serves on (${runs})`, async (t) => {
    await isOutlived(t, [
      bad(runs, 'predict', 'throws', 'threw', /: no idea$/),
      bad(runs, 'learn', 'rejects', 'threw', /: no idea$/),
      bad(runs, 'predict', 'gives NaN', 'output', /gave NaN for row 0$/),
      bad(runs, 'predict', 'gives infinity', 'output', /gave Infinity for row 0$/),
      bad(runs, 'predict', 'gives too few', 'output', /gave \d+ numbers for \d+ rows$/),
      bad(runs, 'predict', 'gives a list', 'output', /gave no Float32Array$/),
      bad(runs, 'predict', 'gives a function', 'output', /gave no Float32Array$/),
      bad(runs, 'learn', 'throws what cannot be cloned', 'threw', /: \[object Object\]$/),
      bad(runs, 'observe', 'throws null', 'threw', /: null$/),
    ]);
  });

for (const runs of ['pool', 'inline'] as const)
  test(`a predictor that cannot be made or proposes rubbish changes an answer of the store, or serves on (${runs})`, async (t) => {
    const definition = `{ name: 'other', role: 'load', columns: [], runs: '${runs}', create: () => ({ predict() {} }) }`;
    const unborn = `unruly({ name: 'x', hook: 'create', mode: 'throws', runs: '${runs}' })`;
    const later = `{ ...${unborn}, create: () => ({ predict() {} }), columns: ['moonPhase'] }`;
    const bare = `{ name: 'bare', role: 'access', columns: [], runs: '${runs}', create: () => ({ learn() {} }) }`;
    await isOutlived(t, [
      bad(runs, 'propose', 'gives rubbish', 'output', /gave -1, which is no key$/),
      bad(runs, 'learn', 'throws what has no words', 'threw', /: what cannot be put into words$/),
      nameless("throw new Error('not today');", 'threw', /: not today\./),
      nameless('export default 1;', 'threw', /not made by definePredictor\(\)\./),
      nameless(`export default ${unborn};`, 'threw', /: no idea$/),
      nameless(`export default definePredictor(${definition});`, 'output', /is of role load, where one of role access is needed$/),
      nameless(`export default ${later};`, 'output', /wants the column moonPhase, which there is not$/),
      nameless(`export default definePredictor(${bare});`, 'threw', /without predict\(\)$/),
      nameless('process.exit(1);', 'exit', /: ended its thread$/),
    ]);
  });

test('a predictor that proposes too much or ends its thread changes an answer of the store, or serves on (pool)', async (t) => {
  await isOutlived(t, [
    bad('pool', 'propose', 'gives too many', 'output', /gave \d+ keys of \d+ allowed$/),
    bad('pool', 'observe', 'ends its thread', 'exit', /: ended its thread$/),
    bad('pool', 'observe', 'ends its thread later', 'exit', /: ended its thread$/),
    bad('pool', 'observe', 'throws later', 'threw', /: too late$/),
  ]);
});

for (const runs of ['pool', 'inline'] as const)
  test(`what a predictor writes into its columns is read by others (${runs})`, async (t) => {
    const [writer, reader] = ['writes into what it is given', 'looks for what others have written'] as const;
    const hooks = ['predict', 'learn', 'observe'] as const;
    const files = hooks.flatMap((hook) => [writer, reader].map((mode) => unrulyModule({ name: nameOf(mode), runs, hook, mode })));
    const directory = freshDirectory();
    const it = await PredictedStore.open(directory, { access: files[0]!, challengers: files.slice(1) });
    await it.until('lessons', () => (it.figures?.seen.lessons ?? 0) >= 3);
    t.deepEqual(it.figures!.standings.map(({ lastFailure }) => lastFailure), it.figures!.standings.map(() => undefined));
    await agreesWithItsModel(t, it, directory);
  });

test('a predictor that never returns holds up the store, its close, or those who predict (pool)', async (t) => {
  await isOutlived(t, [
    bad('pool', 'predict', 'never returns', 'timeout', /: took longer than 300 ms$/),
    bad('pool', 'learn', 'never settles', 'timeout', /: took longer than 300 ms$/),
  ], short);
});

test('a predictor that never settles holds up the store, its close, or those who predict (inline)', async (t) => {
  await isOutlived(t, [
    bad('inline', 'predict', 'never settles', 'timeout', /: took longer than 300 ms$/),
    bad('inline', 'learn', 'never settles', 'timeout', /: took longer than 300 ms$/),
  ], short);
});

test('a predictor that never returns stops those who predict for good (inline)', async (t) => {
  const told = /never returned; from now on it has a thread of its own$/;
  await isOutlived(t, [bad('inline', 'predict', 'never returns', 'timeout', told)], short);
});

test('a predictor that ends the thread of all stops them for good (inline)', async (t) => {
  const told = /ended; from now on it has a thread of its own$/;
  await isOutlived(t, [bad('inline', 'observe', 'ends its thread', 'exit', told)]);
});

test('a predictor that throws beside its hooks stops all for good (inline)', async (t) => {
  const it = await isOutlived(t, [bad('inline', 'observe', 'throws later', 'threw', /: too late$/)]);
  const [restarted] = it.events;
  t.like(restarted, { change: 'restarted', predictor: '', reason: 'too late' });
});

const eaters = {
  'a predictor that eats memory beside the heap ends the process, or goes on (pool)': 'eats memory beside the heap',
  'a predictor that eats heap ends the process, or goes on (pool)': 'eats heap',
  'a predictor that eats heap in one bite ends the process, or goes on (pool)': 'eats heap in one bite',
} as const;
for (const [title, mode] of Object.entries(eaters))
  test.serial(title, async (t) => {
    await isOutlived(t, [bad('pool', 'predict', mode, 'memory', /: took \d+ bytes, of 16777216 allowed$/)], small);
  });

test('a predictor that keeps more and more from hook to hook goes on (pool)', async (t) => {
  await isOutlived(t, [bad('pool', 'observe', 'keeps more and more', 'memory', /: holds \d+ bytes, of 16777216 allowed$/)], small);
});

const eatersInline = {
  'a predictor that eats memory beside the heap ends the process, or goes on (inline)': 'eats memory beside the heap',
  'a predictor that eats heap ends the process, or goes on (inline)': 'eats heap',
} as const;
for (const [title, mode] of Object.entries(eatersInline))
  test.serial(title, async (t) => {
    const told = /took \d+ bytes, of 16777216 allowed; from now on it has a thread of its own$/;
    await isOutlived(t, [bad('inline', 'predict', mode, 'memory', told)], small);
  });
