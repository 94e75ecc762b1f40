// Sequences of accesses for tests of access predictors, and their backtests.
import { backtest, type BacktestCell, type BacktestOptions } from '../../src/predictor/backtest/backtest.js';
import type { Trace } from '../../src/predictor/backtest/trace.js';
import type { Predictor } from '../../src/predictor/index.js';
import type { Random } from './random.js';

/** A key as the store has them: 52 bits, as good as random in all of them. */
export const keyOf = (number: number): number =>
  (Math.imul(number + 1, 0x9e3779b1) >>> 0) * 2 ** 20 + (Math.imul(number + 7, 0x85ebca6b) >>> 12);

/** All reads, a millisecond apart. */
export function traceOf(ids: readonly number[]): Trace {
  const length = ids.length;
  const keys = Float64Array.from({ length: Math.max(...ids) + 1 }, (_, id) => keyOf(id));
  const times = Float64Array.from({ length }, (_, i) => i);
  const sizes = new Uint32Array(length).fill(100);
  return { length, ids: Int32Array.from(ids), times, writes: new Uint8Array(length), sizes, keys };
}

/** Scans over `keys` keys, the same again and again, with strays between them. */
export const loopedScan = (random: Random, accesses: number, keys: number): number[] =>
  Array.from({ length: accesses }, (_, i) => (random.below(20) === 0 ? keys + random.below(keys) : i % keys));

/** Few keys have most accesses. */
export const skewed = (random: Random, accesses: number, keys: number): number[] =>
  Array.from({ length: accesses }, () => Math.floor(keys * (random.below(10_000) / 10_000) ** 4));

/** By chance; but who is used is used again a few accesses later. */
export function recurring(random: Random, accesses: number, keys: number): number[] {
  const ids: number[] = [];
  while (ids.length < accesses) {
    const fresh = ids.length < 50 || random.below(3) === 0;
    ids.push(fresh ? random.below(keys) : ids[ids.length - 1 - random.below(50)]!);
  }
  return ids;
}

/** The share of reads served by a predictor and by the simple orders, at one budget. */
export async function servedBy(
  definition: Predictor<'access'>,
  trace: Trace,
  budget: number,
  options: BacktestOptions = {},
): Promise<BacktestCell['served']> {
  const predictor = definition.create({ seed: 1, settings: {}, shouldStop: () => false });
  const settings = { points: 4, horizon: 300, lessonEvery: 1000, budgets: [String(budget)], ...options };
  const { cells } = await backtest(trace, [{ definition, predictor }], settings);
  return cells[0]!.served;
}
