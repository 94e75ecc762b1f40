// The SDK of predictors: what a definition may be, and what is said of one that cannot work.
import test from 'ava';
import { catalogue, columnsOf, definePredictor, isPredictor, type PredictorDefinition } from '../src/predictor/index.js';

const good: PredictorDefinition<'access', 'count'> = {
  name: 'most-used',
  role: 'access',
  columns: ['count'],
  create: () => ({ predict: ({ columns }) => columns.count.slice() }),
};

const wrong: Record<string, [Record<string, unknown>, RegExp]> = {
  'no name': [{ name: undefined }, /name must be/],
  'a name with capitals': [{ name: 'MostUsed' }, /name must be/],
  'a name that is too long': [{ name: 'a'.repeat(65) }, /name must be/],
  'a role that there is not': [{ role: 'weather' }, /access, load, failure/],
  'a role that every object has': [{ role: 'toString' }, /access, load, failure/],
  'columns that are no list': [{ columns: 'count' }, /a list/],
  'a column of another role': [{ columns: ['queueDepth'] }, /no column "queueDepth".*recencyRank/],
  'a column twice': [{ columns: ['count', 'count'] }, /twice/],
  'a version that is none': [{ version: 0 }, /version/],
  'an unknown place to run': [{ runs: 'cloud' }, /inline/],
  'nothing to create it by': [{ create: undefined }, /create/],
};

for (const [what, [change, message]] of Object.entries(wrong))
  test(`a definition with ${what} is taken`, (t) => {
    const definition = { ...good, ...change } as unknown as typeof good;
    const error = t.throws(() => definePredictor(definition), { message, code: 'FORESHARD_BAD_ARGUMENT' });
    t.like((error as unknown as { context: object }).context, { hook: 'definePredictor' });
  });

test('a definition is not known again, or can be changed', (t) => {
  const predictor = definePredictor(good);
  t.true(isPredictor(predictor));
  t.false(isPredictor(good));
  t.false(isPredictor(undefined));
  t.deepEqual([predictor.version, predictor.runs], [1, 'pool']);
  t.throws(() => Object.assign(predictor, { name: 'other' }), { instanceOf: TypeError });
  t.throws(() => (predictor.columns as string[]).push('age'), { instanceOf: TypeError });
});

test('a column of the catalogue has no meaning', (t) => {
  for (const role of ['access', 'load', 'failure'] as const)
    for (const name of columnsOf(role)) {
      const { unit, about } = (catalogue[role] as Record<string, { unit: string; about: string }>)[name]!;
      t.true(unit.length > 0 && about.length > 10, `${role}.${name}`);
    }
});
