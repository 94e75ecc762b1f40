// The files that a new predictor begins with.
import type { Role } from '../../predictor/index.js';
import { version } from '../version.js';

interface Beginning {
  readonly columns: readonly string[];
  readonly about: string;
  readonly predict: string;
  /** What the test gives for each column, two rows; the first must have the higher prediction. */
  readonly rows: Readonly<Record<string, readonly [number, number]>>;
}

const beginnings: Readonly<Record<Role, Beginning>> = {
  access: {
    columns: ['rate10k', 'age'],
    about: 'Keys that were used often of late, the latest first where that is equal.',
    predict: 'Math.max(0, rate10k[row]!) + 1 / (1 + Math.abs(age[row]!))',
    rows: { rate10k: [5, 1], age: [10, 10] },
  },
  load: {
    columns: ['bytes', 'typeCost'],
    about: 'What records of the type have cost lately; the size where that is not known.',
    predict: 'typeCost[row]! >= 0 ? typeCost[row]! : Math.max(0, bytes[row]!)',
    rows: { bytes: [100, 100], typeCost: [7, 3] },
  },
  failure: {
    columns: ['failures', 'observed', 'interval'],
    about: 'The rate of the node so far, as if it had failed once in a day before.',
    predict: '(Math.max(0, interval[row]!) * (1 + Math.max(0, failures[row]!))) / (86_400 + Math.max(0, observed[row]!))',
    rows: { failures: [5, 0], observed: [864_000, 864_000], interval: [3600, 3600] },
  },
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const packageOf = (name: string): string =>
  json({
    name: `foreshard-predictor-${name}`,
    version: '0.1.0',
    type: 'module',
    exports: './dist/src/index.js',
    files: ['dist/src'],
    scripts: {
      build: 'tsc',
      test: 'tsc && node --test dist/test/index.test.js',
      check: 'tsc && foreshard predictor test ./dist/src/index.js',
    },
    peerDependencies: { foreshard: `^${version()}` },
    devDependencies: { '@types/node': '^20', foreshard: `^${version()}`, typescript: '>=5.4' },
  });

const tsconfig = json({
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    types: ['node'],
    declaration: true,
    skipLibCheck: true,
    rootDir: '.',
    outDir: 'dist',
  },
  include: ['src', 'test'],
});

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

const sourceOf = (name: string, role: Role, { columns, about, predict }: Beginning): string => `// ${name}: ${about}
import { definePredictor } from 'foreshard/predictor';

export default definePredictor({
  name: '${name}',
  role: '${role}',
  columns: [${quoted(columns)}],
  runs: 'inline',
  create: () => ({
    predict: ({ rows, columns: { ${columns.join(', ')} } }) =>
      Float32Array.from({ length: rows }, (_, row) => ${predict}),
  }),
});
`;

const columnsOf = (rows: Beginning['rows']): string =>
  Object.entries(rows).map(([column, values]) => `${column}: Float32Array.of(${values.join(', ')})`).join(', ');

const testOf = (name: string, { rows }: Beginning): string => `// What ${name} must keep to.
import assert from 'node:assert/strict';
import test from 'node:test';
import { conform } from 'foreshard/predictor/conformance';
import predictor from '../src/index.js';

test('a promise to the host is broken', async () => {
  const findings = await conform(predictor);
  assert.deepEqual(findings.filter(({ fault }) => fault), []);
});

test('the row that should come first does not', async () => {
  const columns = { ${columnsOf(rows)} };
  const batch = { rows: 2, columns, keys: Float64Array.of(1, 2), budget: 1 };
  const [first, second] = await predictor.create({ seed: 1, settings: {}, shouldStop: () => false }).predict(batch);
  assert.ok(first! > second!);
});
`;

const backtestHint = `
What it is worth on recorded traffic:

    npx foreshard predictor backtest ./dist/src/index.js --beside ensemble --trace FILE
`;

const readmeOf = (name: string, role: Role, { about }: Beginning): string => `# ${name}

${about} A predictor of ${role} for Foreshard.

    npm test         # its tests
    npm run check    # what a host relies on
${role === 'access' ? backtestHint : ''}`;

/** By their paths in the folder. */
export function scaffold(name: string, role: Role): Readonly<Record<string, string>> {
  const beginning = beginnings[role];
  return {
    'package.json': packageOf(name),
    'tsconfig.json': tsconfig,
    'README.md': readmeOf(name, role, beginning),
    'src/index.ts': sourceOf(name, role, beginning),
    'test/index.test.ts': testOf(name, beginning),
    '.gitignore': 'dist/\nnode_modules/\n',
  };
}
