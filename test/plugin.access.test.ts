// The bundled access predictors, on sequences whose nature is known.
import test from 'ava';
import decayingAverage from '../plugins/decaying-average/index.js';
import ensemble from '../plugins/ensemble/index.js';
import gradientBoosted from '../plugins/gradient-boosted/index.js';
import returnRate from '../plugins/return-rate/index.js';
import successor from '../plugins/successor/index.js';
import { AccessPipeline } from '../src/predictor/access/pipeline.js';
import type { AccessPredictor, Predictor } from '../src/predictor/index.js';
import { keyOf, loopedScan, recurring, servedBy, skewed, traceOf } from './support/accesses.js';
import { Random } from './support/random.js';

const accesses = 16_000;
const keys = 1500;
const budget = 150;
const all: readonly Predictor<'access'>[] = [decayingAverage, successor, returnRate, gradientBoosted, ensemble];
const scan = traceOf(loopedScan(new Random(1), accesses, keys));
const popular = traceOf(skewed(new Random(2), accesses, keys));
const bursts = traceOf(recurring(new Random(3), accesses, keys));

test('what follows in a scan that is repeated is not foreseen by successor', async (t) => {
  const served = await servedBy(successor, scan, budget);
  t.true(served.successor! > 0.8 * served.oracle! && served.recency! < 0.1 && served.count! < 0.1, JSON.stringify(served));
});

test('a scan that is repeated is not learned by trees, or not trusted by the ensemble', async (t) => {
  for (const one of [gradientBoosted, ensemble]) {
    const served = await servedBy(one, scan, budget);
    t.true(served[one.name]! > 0.7 * served.oracle!, JSON.stringify(served));
  }
});

for (const [what, trace] of Object.entries({ 'keys are popular': popular, 'keys come in bursts': bursts }))
  test(`the ensemble falls behind the better of recency and count where ${what}`, async (t) => {
    const served = await servedBy(ensemble, trace, budget);
    t.true(served.ensemble! > Math.max(served.recency!, served.count!) - 0.02, JSON.stringify(served));
  });

test('the ensemble knows nothing of a store that is young, or mostly written', async (t) => {
  const young = traceOf(recurring(new Random(4), 1200, keys));
  const written = traceOf(skewed(new Random(5), 12_000, keys));
  for (let i = 0; i < written.length; i++) if (i % 16 > 0) written.writes[i] = 1;
  for (const [trace, points] of [[young, 10], [written, 6]] as const) {
    const served = await servedBy(ensemble, trace, budget, { points, lessonEvery: 4096 });
    t.true(served.ensemble! > Math.max(served.recency!, served.count!) - 0.02, JSON.stringify(served));
  }
});

test('keys that come back once, and at one age, are not foreseen by return-rate', async (t) => {
  const back = 400;
  const ids = Array.from({ length: accesses }, (_, i) => (i % 2 === 1 && i > 2 * back ? (i - 1) / 2 - back : Math.floor(i / 2)));
  const served = await servedBy(returnRate, traceOf(ids), budget);
  t.true(served['return-rate']! > 0.5 * served.oracle! && served.recency! < 0.1 && served.count! < 0.1, JSON.stringify(served));
});

test('a decayed count is further from the truth than recency and count', async (t) => {
  const served = await servedBy(decayingAverage, popular, budget);
  t.true(served['decaying-average']! > Math.max(served.recency!, served.count!) - 0.03, JSON.stringify(served));
});

/** Fed with a part of the scan, and the order that it would give then. */
async function fed(definition: Predictor<'access'>, predictor: AccessPredictor): Promise<AccessPipeline> {
  const pipeline = new AccessPipeline(definition, predictor, { horizon: 300 });
  for (let from = 0; from < 6000; from += 500) {
    const ids = scan.ids.subarray(from, from + 500);
    const [keysOf, times] = [Float64Array.from(ids, keyOf), Float64Array.from(ids, (_, i) => from + i)];
    await pipeline.observe({ first: from, keys: keysOf, times, writes: new Uint8Array(500), sizes: new Uint32Array(500) });
  }
  return pipeline;
}

const create = (definition: Predictor<'access'>, seed = 7) => definition.create({ seed, settings: {}, shouldStop: () => false });

for (const definition of all)
  test(`${definition.name} orders differently the second time`, async (t) => {
    const [one, other] = [await fed(definition, create(definition)), await fed(definition, create(definition))];
    t.deepEqual(await one.order(budget), await other.order(budget));
    t.deepEqual(await one.order(budget), await other.order(budget));
  });

for (const definition of [returnRate, gradientBoosted, ensemble])
  test(`${definition.name} forgets what it has learned when it is saved`, async (t) => {
    const learned = create(definition);
    const pipeline = await fed(definition, learned);
    const loaded = create(definition);
    await loaded.load!(await learned.save!());
    const batch = await batchOf(definition, pipeline);
    t.deepEqual(await loaded.predict(batch), await learned.predict(batch));
    t.notDeepEqual(await create(definition).predict(batch), await learned.predict(batch), 'nothing was learned');
  });

for (const definition of [returnRate, gradientBoosted, ensemble])
  test(`${definition.name} takes damaged state for good`, async (t) => {
    const learned = create(definition);
    await fed(definition, learned);
    const state = await learned.save!();
    for (let at = 0; at < state.length; at += 1 + Math.floor(state.length / 60)) {
      const damaged = state.slice();
      damaged[at]! ^= 0x10;
      await t.throwsAsync(async () => create(definition).load!(damaged), undefined, `byte ${at}`);
      await t.throwsAsync(async () => create(definition).load!(state.slice(0, at)), undefined, `cut at ${at}`);
    }
  });

/** All tracked keys. */
async function batchOf(definition: Predictor<'access'>, pipeline: AccessPipeline) {
  const slots = Int32Array.from({ length: pipeline.tracked.size }, (_, slot) => slot);
  const columns = pipeline.moment().columns(definition.columns, slots);
  return { rows: slots.length, keys: Float64Array.from(slots, (slot) => pipeline.tracked.keys[slot]!), columns, budget };
}
