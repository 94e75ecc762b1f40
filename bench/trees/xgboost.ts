// XGBoost beside the trees of this project: a small program is compiled and linked with its library, if that is there.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LossName } from '../../plugins/gradient-boosted/trees/index.js';
import type { Sample } from './sets/sample.js';
import type { TrialSet } from './sets/sets.js';
import type { Growth } from './trial.js';

/** Seen from dist/bench/trees. */
const source = join(dirname(fileURLToPath(import.meta.url)), '../../../bench/trees/xgboost.cc');
const howToInstall = 'XGBoost is not there, so these are our figures alone. On Debian: apt-get install g++ libxgboost-dev';

const objectives: Readonly<Record<LossName, string>> = {
  squared: 'reg:squarederror',
  poisson: 'count:poisson',
  logistic: 'binary:logistic',
};

export interface PeerResult {
  readonly responses: Float32Array;
  readonly trainSeconds: number;
  readonly cpuSeconds: number;
  readonly predictSeconds: number;
}

/** The compiled program; undefined, with a word, if there is no compiler or no library. */
export function compileXgboost(directory: string, say: (text: string) => void): string | undefined {
  const program = join(directory, 'xgboost');
  const { status, stderr } = spawnSync('g++', ['-O2', '-std=c++17', source, '-o', program, '-lxgboost'], { encoding: 'utf8' });
  if (status === 0) return program;
  const reason = (stderr ?? '').split('\n').find((line) => line.includes('error'));
  say(reason === undefined ? howToInstall : `${howToInstall} (${reason.trim()})`);
  return undefined;
}

/** Writes rows as the program reads them. */
function writeRows(file: string, { data: { rows, columns }, targets }: Sample): void {
  const values = new Float32Array(rows * columns.length);
  for (const [column, numbers] of columns.entries())
    for (let row = 0; row < rows; row++) values[row * columns.length + column] = numbers[row]!;
  const head = Int32Array.of(rows, columns.length);
  writeFileSync(file, Buffer.concat([head, targets, values].map(({ buffer }) => Buffer.from(buffer))));
}

function parametersOf({ loss, grown }: TrialSet, { leaves, learningRate, lambda, minHessian, bins }: Growth): string[] {
  const mean = grown.targets.reduce((sum, target) => sum + target, 0) / grown.targets.length;
  const like = { max_leaves: leaves, eta: learningRate, lambda, min_child_weight: minHessian, max_bin: bins, base_score: mean };
  const method = { objective: objectives[loss], tree_method: 'hist', grow_policy: 'lossguide', max_depth: 0 };
  const fixed = { ...method, nthread: 1, verbosity: 0 };
  return Object.entries({ ...fixed, ...like }).map(([name, value]) => `${name}=${value}`);
}

/** Trains and predicts in a process of its own, of one thread. */
export function runXgboost(program: string, directory: string, set: TrialSet, growth: Growth): PeerResult {
  const fileOf = (what: string): string => join(directory, `${set.name}.${what}`);
  const [grown, held, answers] = [fileOf('grown'), fileOf('held'), fileOf('answers')];
  writeRows(grown, set.grown);
  writeRows(held, set.held);
  const args = [grown, held, answers, String(growth.trees), ...parametersOf(set, growth)];
  const env = { ...process.env, OMP_WAIT_POLICY: 'passive', OMP_NUM_THREADS: '1' };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`XGBoost failed: ${stderr}`);
  const [trainSeconds, cpuSeconds, predictSeconds] = stdout.trim().split(' ').map(Number) as [number, number, number];
  const bytes = readFileSync(answers);
  const responses = Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
  return { responses, trainSeconds, cpuSeconds, predictSeconds };
}
