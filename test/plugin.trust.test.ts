// How far forecasts are followed beyond the last value: what makes them trusted, and what is at stake.
import test from 'ava';
import { loadState, saveState } from '../plugins/common/saved_state.js';
import { Trust } from '../plugins/common/trust.js';
import { Random } from './support/random.js';

/** So many steps from `last`, in which the forecast is wrong by `error` and the last value by 10. */
function tried(steps: number, error: number, last = 100, trust = new Trust()): Trust {
  for (let step = 0; step < steps; step++) trust.learn(last, last + 10 - error, last + 10);
  return trust;
}

test('a forecast is trusted at once, or never', (t) => {
  t.is(new Trust().follow(100, 110), 100);
  t.is(tried(40, 2).follow(100, 110), 110);
  const some = tried(3, 2).follow(100, 110);
  t.true(some > 101 && some < 109, String(some));
});

test('a forecast that is better by chance is trusted', (t) => {
  const random = new Random(3);
  const trust = new Trust();
  let followed = 0;
  for (let step = 0; step < 2000; step++) {
    followed += trust.follow(100, 110) - 100;
    trust.learn(100, 110, random.below(2) === 0 ? 100 : 110);
  }
  t.true(followed / 2000 < 2, `${followed / 2000} of 10`);
});

test('a forecast that has become worse is trusted for long', (t) => {
  const trust = tried(400, 2);
  tried(150, 18, 100, trust);
  t.is(trust.follow(100, 110), 100);
});

test('what is known after a zero is taken for what is known after other values', (t) => {
  const trust = tried(40, 2);
  t.deepEqual([trust.follow(100, 110), trust.follow(0, 10)], [110, 0]);
  tried(40, 2, 0, trust);
  t.deepEqual([trust.follow(100, 110), trust.follow(0, 10)], [110, 10]);
});

test('what held of small bursts is staked on a large one', (t) => {
  const trust = tried(20, 2);
  const followed = trust.follow(10_000, 0);
  t.true(followed < 10_000 && followed > 9900, String(followed));
});

test('steps in which nothing happens wear off what was learned', (t) => {
  const trust = tried(40, 2, 0);
  for (let step = 0; step < 100_000; step++) trust.learn(0, 0, 0);
  t.is(trust.follow(0, 10), 10);
  for (let step = 0; step < 1000; step++) trust.learn(0, 0.001, 0);
  t.is(trust.follow(0, 10), 10);
});

test('huge, tiny or no values make trust that is no number, or that cannot be kept', (t) => {
  for (const scale of [0, 1e-38, 3e38]) {
    const [trust, loaded] = [new Trust(), new Trust()];
    for (let step = 0; step < 200; step++) trust.learn(scale, 0, step % 3 === 0 ? 0 : scale);
    const followed = trust.follow(scale, scale / 2);
    t.true(followed >= scale / 2 && followed <= scale, String(followed));
    loadState(1, saveState(1, (state) => trust.walk(state)), (state) => loaded.walk(state));
    t.is(loaded.follow(scale, scale / 2), followed);
  }
});
