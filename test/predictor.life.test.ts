// The thread that predicts, from its beginning to its end: it is there only where it is of use, keeps nothing alive, and goes in
// order whatever it is at.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { open } from '../src/index.js';
import { unrulyModule } from './support/predictor-modules.js';
import { PredictedStore, type Predictors } from './support/predicted-store.js';
import { programFile, run, start, startWorker } from './support/programs.js';
import { Random, seed } from './support/random.js';
import { freshDirectory, sleep, smallStore } from './support/stores.js';

const stateOf = (directory: string) => join(directory, 'predictors');
const hangs = (runs: 'pool' | 'inline') => unrulyModule({ name: `hangs-${runs}`, runs, hook: 'predict', mode: 'blocks' });

test('a thread predicts where nobody wants that, or for a store that lives shortly', async (t) => {
  const lives = [
    { predictors: false, accesses: 20_000 },
    { predictors: {}, accesses: 3000 },
    { predictors: undefined, accesses: 0 },
  ] as const;
  await Promise.all(lives.map(async ({ predictors, accesses }) => {
    const directory = freshDirectory();
    const store = await open(directory, { ...smallStore, predictors });
    await store.put('key', Buffer.alloc(10));
    for (let i = 0; i < accesses; i++) store.getSync('key');
    await sleep(700); // windows are taken several times meanwhile
    t.is(store.predictors.stats(), undefined);
    t.is(store.stats()['predictors'], undefined);
    t.deepEqual(store.predictors.why(), { now: [], past: [] });
    await store.close();
    t.false(existsSync(stateOf(directory)));
  }));
});

for (const [mode, access] of [['idle'], ['exit'], ['idle', 'hangs'], ['exit', 'hangs']] as const)
  test(`a process does not end by itself, or says something at its end (${mode}, ${access ?? 'ensemble'})`, async (t) => {
    const directory = freshDirectory();
    const { code, signal, output } = await start('program-predict', directory, mode, ...(access ? [hangs('pool')] : [])).ended;
    t.deepEqual([code, signal, output], [0, null, 'predicted\n']);
    await (await open(directory, smallStore)).close();
  });

test('nothing is predicted in a process that was given its code on the command line', async (t) => {
  const code = `await import(${JSON.stringify(pathToFileURL(programFile('program-predict')).href)})`;
  const ended = run('--input-type=module', '-e', code, '--', 'code', freshDirectory(), 'idle').ended;
  t.like(await ended, { code: 0, output: 'predicted\n' });
});

test('a worker with a store that predicts cannot be ended, or disturbs others', async (t) => {
  const [mine, theirs] = [freshDirectory(), freshDirectory()];
  const worker = startWorker('program-predict', [theirs, 'stay']);
  const it = await PredictedStore.open(mine, {});
  t.deepEqual(await once(worker, 'message'), ['predicted']);
  await it.until('a prediction', () => it.predictedTime > 0);
  await worker.terminate();
  const other = await PredictedStore.open(theirs, {});
  const time = it.predictedTime;
  await it.until('another prediction', () => it.predictedTime > time);
  await Promise.all([it.store.close(), other.store.close()]);
  t.deepEqual([it.wrong, it.events, other.events], [[], [], []]);
});

test('two stores in one process share what they predict', async (t) => {
  const stores = await Promise.all([0, 1].map(() => PredictedStore.open(freshDirectory(), {})));
  const [one, two] = stores as [PredictedStore, PredictedStore];
  await one.until('a prediction', () => one.predictedTime > 0);
  t.is(two.figures, undefined);
  await two.until('a prediction', () => two.predictedTime > 0);
  t.true(two.figures!.seen.accesses > 0);
  await one.store.close();
  const time = two.predictedTime;
  await two.until('another prediction', () => two.predictedTime > time);
  await two.store.close();
  t.deepEqual([one.wrong, two.wrong, one.events, two.events], [[], [], [], []]);
});

test('predictors are blamed while the owner is busy with something else', async (t) => {
  const good = unrulyModule({ name: 'good', runs: 'inline', hook: 'observe', mode: 'writes into what it is given' });
  const it = await PredictedStore.open(freshDirectory(), { access: good, deadline: 300 });
  await it.until('a prediction', () => it.predictedTime > 0);
  for (let round = 0; round < 3; round++) {
    const until = Date.now() + 800;
    while (Date.now() < until) it.store.getSync('key 1');
    await it.use();
  }
  const time = it.predictedTime;
  await it.until('another prediction', () => it.predictedTime > time);
  t.deepEqual(it.events, []);
  await it.store.close();
});

test('a store that is closed while its predictors begin, work or hang does not close, or throws', async (t) => {
  t.log(`SEED=${seed}`);
  const random = new Random(seed);
  const never: Predictors = { access: hangs('inline'), challengers: [hangs('pool')], deadline: 100 };
  for (let round = 0; round < 12; round++) {
    const directory = freshDirectory();
    const it = await PredictedStore.open(directory, round % 3 === 0 ? never : {});
    for (let i = 0; i < 16; i++) await it.use();
    await sleep(random.below(round % 3 === 0 ? 800 : 300));
    const closed = it.store.close();
    if (round % 2 === 0) t.is(it.store.close(), closed);
    await closed;
    t.deepEqual(it.wrong, []);
    t.throws(() => it.store.getSync('key'), { code: 'FORESHARD_CLOSED' });
    it.store.predictors.why();
  }
});

test('a predictor that hangs when it has been given up stops all for good (inline)', async (t) => {
  t.timeout(120_000);
  const late = unrulyModule({ name: 'late', runs: 'inline', hook: 'predict', mode: 'blocks when it is too late' });
  const it = await PredictedStore.open(freshDirectory(), { access: late, deadline: 300 });
  const restart = () => it.events.find(({ change }) => change === 'restarted');
  await it.until('another thread', () => restart() !== undefined);
  t.like(it.events[0], { change: 'failed', predictor: 'late', hook: 'predict', fault: 'timeout' });
  t.regex(restart()!.reason, /no sign of life/);
  await it.until('a prediction', () => it.predictedTime > (restart()!['time'] as number));
  t.is(it.figures!.prediction!.by, 'decaying-average');
  await it.store.close();
  t.deepEqual(it.wrong, []);
});

for (const runs of ['pool', 'inline'] as const)
  test(`a store whose predictor hangs does not close (${runs})`, async (t) => {
    const it = await PredictedStore.open(freshDirectory(), { access: hangs(runs), challengers: ['successor'] });
    await it.until('a thread', () => it.figures !== undefined);
    for (let i = 0; i < 20; i++) await it.use();
    await it.readAll();
    await it.store.close();
    t.deepEqual([it.wrong, it.events], [[], []]);
  });
