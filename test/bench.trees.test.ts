// The benchmark of trees in miniature, without XGBoost: its sets can be made and learned, and its figures are right.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { treesTable } from '../bench/trees/report.js';
import { makeSets, setKinds } from '../bench/trees/sets/sets.js';
import { errorOf, tryOn, type TrialSettings } from '../bench/trees/trial.js';
import { Random } from './support/random.js';
import { freshDirectory } from './support/stores.js';

const settings = (directory: string): TrialSettings => ({
  growth: { trees: 20, leaves: 8, learningRate: 0.2, lambda: 1, minHessian: 1, bins: 64 },
  runs: 1,
  seed: 1,
  directory,
  xgboost: undefined,
});

/** A trace in which a tenth of the keys has most of the accesses. */
function writeTrace(file: string, random: Random): void {
  const key = () => (random.below(4) > 0 ? random.below(40) : random.below(400));
  const row = (_: unknown, i: number) => `${i},${key()},${random.below(2) > 0 ? 'r' : 'w'},512`;
  writeFileSync(file, ['ts_ms,key,op,size', ...Array.from({ length: 6000 }, row)].join('\n'));
}

test('a set cannot be made, or nothing is learned from it', (t) => {
  const data = freshDirectory();
  mkdirSync(join(data, 'traces'));
  for (const { fileOf } of setKinds) if (fileOf !== undefined) writeTrace(fileOf(data), new Random(1));
  const sets = makeSets(setKinds, { rows: 900, seed: 1, data }, (text) => t.fail(text));
  t.is(sets.length, setKinds.length);
  const trials = sets.map((set) => tryOn(set, settings(data)));
  for (const { name, loss, ours } of trials) {
    const { held, grown } = sets.find((set) => set.name === name)!;
    t.true(grown.data.rows > 500 && held.data.rows > 250, `${name}: ${grown.data.rows} and ${held.data.rows} rows`);
    const mean = grown.targets.reduce((sum, target) => sum + target, 0) / grown.targets.length;
    const without = errorOf(loss, new Float32Array(held.data.rows).fill(mean), held.targets);
    // Delays are mostly noise.
    t.true(ours.error < without * (name === 'flights' ? 1.05 : 0.9), `${name}: ${ours.error}, and the mean ${without}`);
  }
  const table = treesTable(trials);
  t.false(table.includes('NaN'));
  for (const { name } of setKinds) t.true(table.includes(name));
});

test('a set without its file ends the benchmark', (t) => {
  const said: string[] = [];
  const sets = makeSets(setKinds, { rows: 300, seed: 1, data: join(freshDirectory(), 'nowhere') }, (text) => said.push(text));
  t.deepEqual(sets.map(({ name }) => name), setKinds.filter(({ fileOf }) => fileOf === undefined).map(({ name }) => name));
  t.true(said.length === 2 && said.every((text) => text.includes('--data')));
});

test('errors are counted wrongly', (t) => {
  const [responses, targets] = [Float32Array.of(0.5, 0.25), Float32Array.of(1, 0)];
  t.is(errorOf('squared', responses, targets), Math.sqrt((0.25 + 0.0625) / 2));
  t.true(Math.abs(errorOf('logistic', responses, targets) - (Math.log(2) - Math.log(0.75)) / 2) < 1e-9);
  t.true(Math.abs(errorOf('poisson', responses, targets) - (Math.log(2) - 0.5 + 0.25)) < 1e-9);
});
