// npm run bench:trees -- [options]: boosted trees beside XGBoost.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { machine } from '../common/machine.js';
import { chosen, numberIn, numberOf } from '../common/options.js';
import { dataBesideProject } from '../common/public_data.js';
import { runProgram, say, temporaryFolder, writeResult } from '../common/run.js';
import { treesTable } from './report.js';
import { makeSets, setKinds } from './sets/sets.js';
import { tryOn, type Growth, type Trial } from './trial.js';
import { compileXgboost } from './xgboost.js';

const help = `Usage: npm run bench:trees -- [options]

Trains boosted trees on data sets, and tells the error on rows held out, the seconds of training (with the binning, in one thread)
and the microseconds of predicting a row; beside XGBoost with like settings, if it is there (Debian: g++ and libxgboost-dev). The
error is the root of the mean square (squared), the mean deviance (poisson) or the log loss (logistic).

  --sets NAME,...     friedman (12 columns, made), flights (2), objects and blocks (12, of recorded traces) (default: all)
  --rows N            to train from; half as many are held out (default 20000)
  --trees N           (default 100)
  --leaves N          of a tree (default 31)
  --runs N            of training and of prediction, medians of which are told (default 5)
  --data DIR          the folder with the recorded data: traces/*.csv.gz (default: shared/data beside the project)
  --seed N            (default 1)
  --dir DIR           where files for XGBoost go (default: the system's temporary directory)
  --json FILE         everything that was measured (default build/bench/trees.json)

Examples
  npm run bench:trees
  npm run bench:trees -- --sets friedman --rows 100000 --runs 3
  npm run bench:trees -- --data recorded --trees 300 --leaves 63
`;

/** Of both libraries. */
const usual = { learningRate: 0.1, lambda: 1, minHessian: 1, bins: 255 };

const text = (value: string) => ({ type: 'string', default: value }) as const;

const parse = () =>
  parseArgs({
    options: {
      sets: text(''),
      rows: text('20000'),
      trees: text('100'),
      leaves: text('31'),
      runs: text('5'),
      data: text(dataBesideProject),
      seed: text('1'),
      dir: text(tmpdir()),
      json: text('build/bench/trees.json'),
      help: { type: 'boolean', default: false },
    },
  }).values;

await runProgram(async () => {
  const values = parse();
  if (values.help) return void process.stdout.write(help);
  const kinds = chosen('sets', setKinds, values.sets);
  const growth: Growth = {
    trees: numberOf('trees', values.trees, 1, 10_000, true),
    leaves: numberOf('leaves', values.leaves, 2, 4096, true),
    ...usual,
  };
  const rows = numberOf('rows', values.rows, 100, 2 ** 24, true);
  const [runs, seed] = [numberIn(values, 'runs', 'runs'), numberIn(values, 'seed', 'seed')];
  const directory = temporaryFolder(values.dir);
  const xgboost = compileXgboost(directory, say);
  const trials: Trial[] = [];
  for (const set of makeSets(kinds, { rows, seed, data: values.data }, say)) {
    say(`${set.name} ...`);
    trials.push(tryOn(set, { growth, runs, seed, directory, xgboost }));
    writeResult(values.json, `${JSON.stringify({ machine: machine(), growth, trials }, undefined, 1)}\n`);
  }
  process.stdout.write(`${machine()}\n\n${treesTable(trials)}\n`);
});
