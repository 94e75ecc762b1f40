// A predictor under guard: how long it rests, with what it is created anew, and what it is given.
import test from 'ava';
import { definePredictor, type AccessPredictor } from '../src/predictor/index.js';
import { Guarded, type Failure } from '../src/predictor/host/guarded.js';
import { PluginFault } from '../src/predictor/host/hooks.js';
import { InlineRunner } from '../src/predictor/host/inline-runner.js';
import { checkedKeys, checkedScores, checkedState } from '../src/predictor/host/output-checks.js';
import { Pulse } from '../src/predictor/host/pulse.js';

type Hooks = AccessPredictor<'age'>;

/** A predictor whose hooks may change, how often it was created, and a clock. */
class Scene {
  readonly failures: Failure[] = [];
  readonly guarded: Guarded;
  created = 0;
  nowMs = 0;

  constructor(
    public hooks: Partial<Hooks> = {},
    readonly kept?: Uint8Array,
  ) {
    const create = () => {
      this.created++;
      return { predict: () => new Float32Array(2), ...this.hooks };
    };
    const definition = definePredictor({ name: 'guarded', role: 'access', columns: ['age'], runs: 'inline', create });
    const bundled = { guarded: async () => ({ default: definition }) };
    const request = { plugin: 'guarded', settings: {}, seed: 1, from: '/', deadlineMs: 60_000 };
    this.guarded = new Guarded({
      plugin: 'a path',
      runner: new InlineRunner(request, bundled, new Pulse(), 0),
      nowMs: () => this.nowMs,
      stateOf: async () => this.kept,
      failed: (failure) => this.failures.push(failure),
    });
  }

  predict(columns: object = { age: Float32Array.of(1, 2) }): Promise<Float32Array | undefined> {
    return this.guarded.call('predict', { rows: 2, columns }, (output) => checkedScores(output, 2, 'access'));
  }
}

const fails = { predict: () => { throw new Error('no idea'); } };

test('a predictor that fails again and again is asked as often, or never again', async (t) => {
  const scene = new Scene(fails);
  const rests: number[] = [];
  for (let i = 0; i < 9; i++) {
    t.is(await scene.predict(), undefined);
    const failedMs = scene.nowMs;
    t.true(scene.guarded.resting);
    while (scene.created === i + 1) {
      scene.nowMs += 1000;
      await scene.guarded.ready();
    }
    rests.push((scene.nowMs - failedMs) / 1000);
  }
  t.deepEqual(rests, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
  t.is(scene.failures.length, 9);
  t.deepEqual(scene.failures[0], { predictor: 'guarded', hook: 'predict', reason: 'threw', message: 'no idea' });
  scene.nowMs += 1_200_001; // long without a failure
  await scene.guarded.fail(new PluginFault('learn', 'timeout', 'late'));
  scene.nowMs += 10_000;
  t.true(await scene.guarded.ready());
  t.false(scene.guarded.resting);
});

test('a predictor is asked while it rests, or when it has been ended', async (t) => {
  let calls = 0;
  const scene = new Scene({ learn: () => void calls++, ...fails });
  const learn = () => scene.guarded.call('learn', { columns: { age: new Float32Array(0) } }, () => true);
  t.true(await learn());
  await scene.predict();
  t.is(await learn(), undefined);
  t.is(calls, 1);
  t.is(await scene.guarded.save(), undefined);
  scene.nowMs += 10_000;
  t.true(await learn());
  await scene.guarded.end();
  t.is(await learn(), undefined);
  t.false(await scene.guarded.ready());
  t.is(calls, 2);
  t.is(scene.created, 2);
});

test('a predictor is created anew without what it saved last, or with what it failed upon', async (t) => {
  const loaded: number[] = [];
  let learned = 0;
  const load = (state: Uint8Array) => void loaded.push(...new Uint8Array(state.buffer));
  const hooks: Partial<Hooks> = { save: () => Uint8Array.of(0, ++learned).subarray(1), load };
  const scene = new Scene(hooks, Buffer.from([0, 77]).subarray(1));
  await scene.predict();
  t.deepEqual(loaded, [77]);
  await scene.guarded.save();
  await scene.guarded.save();
  await scene.guarded.fail(new PluginFault('learn', 'exit', 'gone'));
  scene.nowMs += 10_000;
  await scene.guarded.ready();
  t.deepEqual(loaded, [77, 2]);
  // It has predicted nothing since: that state may be why.
  await scene.guarded.fail(new PluginFault('observe', 'exit', 'gone'));
  scene.nowMs += 20_000;
  t.deepEqual([...(await scene.predict())!], [0, 0]);
  t.deepEqual(loaded, [77, 2]);
});

test('a predictor that refuses its state rests, or is given it again', async (t) => {
  let asked = 0;
  const load = () => {
    asked++;
    throw new Error('this is not mine');
  };
  const scene = new Scene({ load }, Uint8Array.of(1));
  t.is(await scene.predict(), undefined);
  t.deepEqual(scene.failures, [{ predictor: 'guarded', hook: 'load', reason: 'state', message: 'this is not mine' }]);
  t.deepEqual([...(await scene.predict())!], [0, 0]);
  t.deepEqual([asked, scene.created], [1, 2]);
});

test('a predictor changes what it has saved, or what it is given', async (t) => {
  const own = Uint8Array.of(1, 2, 3);
  const given = Float32Array.of(1, 2);
  const scene = new Scene({ save: () => own, predict: ({ columns: { age } }) => age.fill(5) });
  const state = await scene.guarded.save();
  t.is(state, undefined); // it was not there yet
  t.deepEqual(await scene.predict({ age: given, gap: given }), Float32Array.of(5, 5));
  const saved = await scene.guarded.save();
  own.fill(9);
  t.deepEqual(saved, Uint8Array.of(1, 2, 3));
  t.deepEqual(scene.guarded.state, Uint8Array.of(1, 2, 3));
  t.deepEqual(given, Float32Array.of(1, 2));
});

test('a predictor is given columns that it has not asked for, or blamed for those that are not there yet', async (t) => {
  const seen: string[][] = [];
  const predict: Hooks['predict'] = ({ rows, columns }) => {
    seen.push(Object.keys(columns));
    return new Float32Array(rows);
  };
  const scene = new Scene({ predict });
  t.is(await scene.predict({ gap: Float32Array.of(1, 2) }), undefined);
  t.deepEqual([seen, scene.failures], [[], []]);
  await scene.predict({ gap: Float32Array.of(1, 2), age: Float32Array.of(1, 2) });
  t.deepEqual(seen, [['age']]);
});

test('an answer is taken that is of the wrong type, length or range', (t) => {
  const refused = (check: () => unknown) => t.throws(check, { instanceOf: PluginFault });
  for (const output of [undefined, [1, 2], new Float64Array(2), new Float32Array(3), Float32Array.of(1, NaN)])
    refused(() => checkedScores(output, 2, 'access'));
  refused(() => checkedScores(Float32Array.of(0, -1), 2, 'load'));
  t.deepEqual(checkedScores(Float32Array.of(0, -1), 2, 'access'), Float32Array.of(0, -1));
  for (const output of [null, new Float32Array(1), new Float64Array(4)]) refused(() => checkedKeys(output, 3));
  for (const key of [-1, 0.5, NaN, 2 ** 52]) refused(() => checkedKeys(Float64Array.of(key), 3));
  t.deepEqual(checkedKeys(Float64Array.of(0, 2 ** 52 - 1), 3), Float64Array.of(0, 2 ** 52 - 1));
  for (const output of [undefined, 'state', new Uint16Array(1), new Uint8Array(2 ** 26 + 1)]) refused(() => checkedState(output));
  t.deepEqual(checkedState(Buffer.from([1, 2])), Uint8Array.of(1, 2));
});
