// The plugin holt-winters: what it must foresee, what must not disturb it, and what it may keep.
import test from 'ava';
import holtWinters from '../plugins/holt-winters/index.js';
import { createLoad, errorFrom, lastValueError, learnRows, predictRows, seriesRows, walked } from './support/predicting.js';
import { Random } from './support/random.js';

const hour = 3600;
const create = (settings: Record<string, unknown> = {}) => createLoad(holtWinters, settings);

/** About evenly from -1 to 1. */
const noise = (random: Random): number => random.below(20_001) / 10_000 - 1;

const made = (count: number, of: (at: number, random: Random) => number, seed = 7): number[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, at) => of(at, random));
};

const wave = (period: number) => made(900, (at, random) => 100 + 50 * Math.sin((2 * Math.PI * at) / period) + 3 * noise(random));

test('a daily wave is not foreseen', async (t) => {
  const values = wave(24);
  const predicted = await walked(create(), seriesRows(values, hour), values);
  const [own, last] = [errorFrom(200, predicted, values), lastValueError(200, values)];
  t.true(own < 0.4 * last, `${own}, last value ${last}`);
});

test('a season that is neither hour, day nor week is not found', async (t) => {
  const values = made(1500, (at, random) => (at % 37 === 0 ? 200 : 20) + noise(random));
  const predicted = await walked(create(), seriesRows(values, 10), values);
  const peaks = predicted.filter((_, at) => at > 1000 && at % 37 === 0);
  t.true(peaks.filter((peak) => peak > 100).length > 0.8 * peaks.length, String(peaks));
});

test('a level shift is followed too late', async (t) => {
  const values = made(600, (at, random) => (at < 400 ? 100 : 300) + 2 * noise(random));
  const predicted = await walked(create(), seriesRows(values, 60), values);
  t.true(errorFrom(410, predicted, values) < 20, String(predicted.slice(400, 415)));
  t.true(Math.abs(predicted[403]! - 300) < 20, String(predicted.slice(400, 405)));
});

test('one wild value spoils the forecast', async (t) => {
  const values = made(500, (at, random) => (at === 300 ? 1e6 : 100) + 5 * noise(random));
  const predicted = await walked(create(), seriesRows(values, 60), values);
  t.true(errorFrom(305, predicted, values) < 6, String(predicted.slice(300, 312)));
});

test('what is only noise is forecast worse than by its moving average', async (t) => {
  const values = made(2000, (_, random) => 100 + 50 * noise(random));
  const predicted = await walked(create(), seriesRows(values, 60), values);
  const [own, last] = [errorFrom(200, predicted, values), lastValueError(200, values)];
  t.true(own < 0.8 * last, `${own}, last value ${last}`);
});

test('a random walk is forecast worse than by its last value', async (t) => {
  let level = 1000;
  const values = made(2000, (_, random) => (level = Math.max(0, level + 10 * noise(random))));
  const predicted = await walked(create(), seriesRows(values, 60), values);
  const [own, last] = [errorFrom(200, predicted, values), lastValueError(200, values)];
  t.true(own < 1.02 * last, `${own}, last value ${last}`);
});

test('rare bursts are forecast worse than by the last value', async (t) => {
  const values = made(3000, (at, random) => (at % 110 < 8 ? 100 + 20 * noise(random) : 0));
  const predicted = await walked(create(), seriesRows(values, 60), values);
  const [own, last] = [errorFrom(300, predicted, values), lastValueError(300, values)];
  t.true(own < 1.02 * last, `${own}, last value ${last}`);
});

/** Zeros, and now and then a burst of a few steps that rise and fall, or come and go at once. */
function burstsOf(seed: number): number[] {
  const random = new Random(seed);
  const values = new Array<number>();
  while (values.length < 2000) {
    values.push(...Array.from({ length: 50 + random.below(500) }, () => 0));
    const [height, steps, steep] = [10 ** random.below(4), 1 + random.below(8), random.below(2)];
    for (let at = 1; at <= steps; at++) values.push(height * (steep + at * (steps + 1 - at)) * (1 + random.below(50) / 100));
  }
  return values;
}

test('load that is nearly always 0 is forecast worse than by the last value', async (t) => {
  for (let seed = 1; seed <= 12; seed++) {
    const values = burstsOf(seed);
    const predicted = await walked(create(), seriesRows(values, 600), values);
    const [own, last] = [errorFrom(200, predicted, values), lastValueError(200, values)];
    t.true(own <= 1.02 * last, `seed ${seed}: ${own}, last value ${last}`);
  }
});

test('the forecast looks at what it should not know yet', async (t) => {
  const values = wave(24).slice(0, 300);
  const other = values.map((value, at) => (at < 250 ? value : value * 3));
  const seen = await walked(create(), seriesRows(values, hour), values);
  const seenOther = await walked(create(), seriesRows(other, hour), other);
  t.deepEqual(seen.slice(0, 251), seenOther.slice(0, 251));
  t.notDeepEqual(seen.slice(251), seenOther.slice(251));
});

test('a prediction changes what is learned', async (t) => {
  const values = wave(24).slice(0, 200);
  const rows = seriesRows(values, hour);
  const [asked, left] = [create(), create()];
  await walked(asked, rows, values);
  await learnRows(left, rows, values);
  const next = [{ source: 1, seconds: 200 * hour }];
  t.deepEqual(await predictRows(asked, next), await predictRows(left, next));
});

test('missing intervals move the season', async (t) => {
  const values = wave(24);
  const rows = seriesRows(values, hour).filter((_, at) => at < 600 || at >= 607);
  const left = values.filter((_, at) => at < 600 || at >= 607);
  const predicted = await walked(create(), rows, left);
  const [own, last] = [errorFrom(610, predicted, left), lastValueError(610, left)];
  t.true(own < 0.5 * last, `${own}, last value ${last}`);
});

test('targets that are no numbers are learned of', async (t) => {
  const values = wave(24);
  const targets = values.map((value, at) => (at % 10 === 5 ? [NaN, Infinity, -1][at % 3]! : value));
  const rows = values.map((_, at) => ({ source: 1, seconds: at * hour }));
  const predicted = await walked(create(), rows, targets);
  const [own, last] = [errorFrom(200, predicted, values), lastValueError(200, values)];
  t.true(predicted.every((one) => Number.isFinite(one) && one >= 0));
  t.true(own < 0.6 * last, `${own}, last value ${last}`);
});

test('steps that vary, are unknown, or begin to be counted anew lose the season', async (t) => {
  const values = wave(24);
  const random = new Random(3);
  const varying = (at: number) => at * hour + random.below(900);
  const begunAnew = (at: number) => (at % 250) * hour;
  for (const secondsAt of [varying, begunAnew, () => -1]) {
    const rows = values.map((_, at) => ({ source: 1, seconds: secondsAt(at), lastCost: values[at - 1] ?? -1 }));
    const predicted = await walked(create(), rows, values);
    const [own, last] = [errorFrom(300, predicted, values), lastValueError(300, values)];
    t.true(own < 0.6 * last, `${own}, last value ${last}`);
  }
});

test('windows that are missing and stand as zeros teach that load is gone', async (t) => {
  const values = made(900, (at, random) => (at > 100 && at % 100 < 4 ? 0 : 100 + 5 * noise(random)));
  const predicted = await walked(create(), seriesRows(values, 600), values);
  const during = predicted.filter((_, at) => at > 300 && at % 100 <= 4 && values[at - 1] === 0);
  t.true(during.length > 10 && during.every((one) => one === 0), String(during));
  const after = predicted.filter((_, at) => at > 300 && at % 100 > 4);
  t.true(after.every((one) => one > 80), String(after.find((one) => one <= 80)));
});

test('load that is gone for long is still expected', async (t) => {
  const values = made(500, (at, random) => (at < 400 ? 100 + 5 * noise(random) : 0));
  const predicted = await walked(create(), seriesRows(values, 600), values);
  t.true(errorFrom(440, predicted, values) < 2, String(predicted.slice(440, 450)));
});

test('a series of zeros, of huge or of tiny values is forecast as no number', async (t) => {
  for (const scale of [0, 1e-30, 1e30, 2e38]) {
    const values = made(200, (_, random) => Math.fround(scale * (1 + noise(random) / 2)));
    const predicted = await walked(create(), seriesRows(values, 60), values);
    t.true(predicted.every((one) => one >= 0 && one <= 3 * scale && one < Infinity), String(scale));
  }
});

test('a source that is not known, or behind, is forecast by nothing', async (t) => {
  const predictor = create();
  t.deepEqual(await predictRows(predictor, [{ source: 1 }, { source: 1, lastCost: 5 }]), [0, 5]);
  await learnRows(predictor, seriesRows([1, 1, 1, 1], 60), [1, 1, 1, 1]);
  t.deepEqual(await predictRows(predictor, [{ source: 1, seconds: 900, lastCost: 7 }]), [7], 'what came before is known better');
});

test('state of more sources than allowed is kept', async (t) => {
  const predictor = create({ maxSources: 3 });
  const learn = (source: number) => learnRows(predictor, [{ source, seconds: 0 }, { source, seconds: 60 }], [source, source]);
  for (const source of [10, 20, 30, 10, 40]) await learn(source);
  t.deepEqual(await predictRows(predictor, [10, 20, 30, 40].map((source) => ({ source, seconds: 120 }))), [10, 0, 30, 40]);
  const one = create({ maxSources: 1 });
  await learnRows(one, seriesRows(wave(24), hour), wave(24));
  const { length } = await one.save!();
  for (let source = 2; source < 20; source++) await learnRows(one, seriesRows(wave(24), hour, source), wave(24));
  t.is((await one.save!()).length, length);
  t.throws(() => create({ maxSources: 0 }), { instanceOf: RangeError });
});

test('what was learned is another thing after a restart', async (t) => {
  const values = wave(24);
  const [before, after] = [create(), create()];
  for (const source of [5, 3]) await walked(before, seriesRows(values, hour, source).slice(0, 700), values.slice(0, 700));
  await after.load!(await before.save!());
  const rest = seriesRows(values, hour, 3).slice(700);
  t.deepEqual(await walked(after, rest, values.slice(700)), await walked(before, rest, values.slice(700)));
  t.deepEqual(await after.save!(), await before.save!());
});

test('damaged state is taken for good', async (t) => {
  const values = wave(24).slice(0, 100);
  const predictor = create();
  await learnRows(predictor, seriesRows(values, hour), values);
  const saved = Buffer.from(await predictor.save!());
  const random = new Random(11);
  const changed = (at: number): Uint8Array => saved.map((byte, place) => (place === at ? byte ^ 0x40 : byte));
  const damaged: Uint8Array[] = [0, 1, 13, 200, saved.length - 1].map((length) => saved.subarray(0, length));
  damaged.push(Buffer.concat([saved, Buffer.alloc(8)]), ...Array.from({ length: 50 }, () => changed(random.below(saved.length))));
  damaged.push(...Array.from({ length: 50 }, () => random.bytes(random.below(500))));
  for (const state of damaged) t.throws(() => void create().load!(state));
  t.throws(() => void create().load!(Buffer.concat([saved.subarray(0, 12), Buffer.alloc(saved.length)])));
  const same = await predictRows(predictor, [{ source: 1, seconds: 100 * hour }]);
  t.throws(() => void predictor.load!(changed(99)));
  t.deepEqual(await predictRows(predictor, [{ source: 1, seconds: 100 * hour }]), same, 'a failed load leaves traces');
});
