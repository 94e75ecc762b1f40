// The benchmarks of shards in real time in miniature, so that they cannot rot: every part runs, and what it counts adds up.
import test from 'ava';
import { balance, settledMs, type BalanceSettings } from '../bench/shards/balance/balance.js';
import { balanceHtml, balanceTables } from '../bench/shards/balance/report.js';
import { halving } from '../bench/shards/split/cuts.js';
import { RingLoad } from '../bench/shards/ring_load.js';
import { ratiosOf, split, type SplitSettings } from '../bench/shards/split/split.js';
import { splitHtml, splitTables } from '../bench/shards/split/report.js';
import type { LoadWindow, Phase, ShardsMoment } from '../bench/shards/tasks.js';
import { keyOfRank, RankDraws, zipfShares } from '../bench/shards/zipf.js';
import { ringUnits } from '../src/heat/index.js';
import { freshDirectory } from './support/stores.js';

const common = () => ({ directory: freshDirectory(), runs: 1, keys: 20_000, valueBytes: 100, seed: 1, say: () => {} });
const balanceSettings = (): BalanceSettings => ({ ...common(), shards: 8, maxShards: 32, phaseMs: 1000 });
const splitSettings = (): SplitSettings => ({ ...common(), shards: 4, warmUpMs: 200, windowMs: 60, rounds: 3 });

test.serial('shards do not follow the load, or what is told of them does not add up', async (t) => {
  const runs = await balance(balanceSettings());
  const { phases } = runs[0]!;
  const [cold] = phases as [Phase, ...Phase[]];
  const before = cold.moments[0]!;
  t.is(phases.length, 4);
  t.is(before.busiest, cold.equalSlices, 'equal slices to begin with');
  t.true(before.busiest > 1.2 * before.floor, 'nothing to do');
  for (const { moments, changes, reads } of phases) {
    const intervals = moments.filter(({ why }) => why === 'interval');
    t.true(reads > 0 && intervals.length > 0 && intervals.every(({ sampled }) => sampled! >= 1));
    t.is(moments.length, 1 + intervals.length + changes.length);
    t.true(moments.every(({ busiest, floor }) => busiest >= floor - 1e-9 && floor >= 1));
  }
  const splits = phases.flatMap(({ changes }) => changes.filter(({ type }) => type === 'split'));
  const last = phases.at(-1)!.moments.at(-1)!;
  t.true(splits.length > 0);
  t.is(last.starts.length, 8 + splits.length - (phases.flatMap(({ changes }) => changes).length - splits.length));
  const { busiest, floor } = cold.moments.at(-1)!;
  t.true(busiest / floor < before.busiest / before.floor, `${busiest} over ${floor} behind ${before.busiest} over ${before.floor}`);
  const text = `${balanceTables(runs)}${balanceHtml('this', runs)}`;
  for (const { name } of phases) t.true(text.includes(name), name);
  t.false(/NaN|undefined/.test(text));
});

test.serial('splits under load cannot be measured', async (t) => {
  const settings = splitSettings();
  const runs = await split(settings);
  const [{ windows, changes, cuts, shardsAtEnd }] = runs as [(typeof runs)[0]];
  t.is(windows.length, 4 * settings.rounds + 1);
  t.true(windows.every(({ requests, p99Ms }) => requests > 0 && p99Ms > 0));
  t.deepEqual([changes.filter(({ type }) => type === 'split').length, changes.length], [settings.rounds, 2 * settings.rounds]);
  t.is(shardsAtEnd, settings.shards);
  t.is(cuts.length, settings.rounds);
  for (const { from, to, at, exactly } of cuts) {
    t.true(from < at && at < to);
    t.true(exactly === undefined || (exactly.heavier >= 1 && exactly.heavier <= 2 && exactly.apart <= 1));
  }
  const text = `${splitTables(runs)}${splitHtml('this', settings.windowMs, runs)}`;
  t.false(/NaN|undefined/.test(text));
});

test('a load on the ring is summed wrongly', (t) => {
  const load = new RingLoad(Float64Array.of(0.5, 0.3, 0.2), Int32Array.of(7, 0, ringUnits - 1), (rank) => rank);
  t.is(load.share(7, 8), 0.5);
  t.is(load.share(1, 7), 0);
  t.deepEqual(load.imbalance([0]), { busiest: 1, floor: 1 });
  const { busiest, floor } = load.imbalance([0, 1, 7, 8]);
  t.is(busiest, 4 * 0.5);
  t.is(floor, 4 * 0.5);
});

test('ranks are not drawn by their shares', (t) => {
  const [keys, count] = [1000, 400_000];
  const shares = zipfShares(keys, 0.99);
  const draws = new RankDraws(shares, 1);
  const drawn = new Float64Array(keys);
  for (let i = 0; i < count; i++) drawn[draws.next()]! += 1;
  const far = shares.findIndex((share, rank) => Math.abs(drawn[rank]! - count * share) > 5 * Math.sqrt(count * share));
  t.is(far, -1, 'a rank is further from its share than chance takes it');
  t.is(new Set(Array.from(shares, (_, rank) => keyOfRank(rank, keys, 250))).size, keys);
});

test('the time until shards are even does not ask that they stay so', (t) => {
  const at = (ms: number, busiest: number): ShardsMoment => ({ ms, why: 'interval', starts: [0], reads: 0, busiest, floor: 1 });
  const settled = (...moments: ShardsMoment[]) => settledMs({ fromMs: 100, moments });
  t.is(settled(at(100, 2), at(200, 1.01), at(300, 2), at(400, 1.05), at(500, 1)), 300);
  t.is(settled(at(100, 1)), 0);
  t.is(settled(at(100, 1), at(200, 1.06)), undefined);
});

test('a window is compared with others than those beside it', (t) => {
  const of = (what: LoadWindow['what'], requests: number, p99Ms: number): LoadWindow => ({ what, requests, seconds: 2, p99Ms });
  const windows = [of('quiet', 100, 1), of('split', 75, 3), of('quiet', 200, 3), of('control', 400, 3), of('quiet', 200, 9)];
  t.deepEqual(ratiosOf(windows, 'split'), [{ rate: 0.5, p99: 1.5 }]);
  t.deepEqual(ratiosOf(windows, 'control'), [{ rate: 2, p99: 0.5 }]);
});

test('a cut is compared with another boundary than the best', (t) => {
  const below = (at: number) => at / 10;
  t.deepEqual(halving(8, [2, 6, 8], below), { heavier: 1.6, heavierAtBest: 1.2, apart: below(8) - below(6) });
  t.is(halving(8, [], below), undefined);
});
