// The table of shared constants: C++ and TypeScript give each error the same number, and a bad table is refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { errorTable } from '../src/errors/constants.gen.js';
import { projectRoot } from './support/source-tree.js';

interface Table {
  errors: { name: string; code: string; text: string }[];
  recordKinds: { name: string; value: number }[];
  options: { name: string; default: number; max: number }[];
}

const generator = pathToFileURL(join(projectRoot, 'scripts/lib/constants.mjs')).href;
const { checkTable } = (await import(generator)) as { checkTable: (table: Table) => void };
const readTable = () => JSON.parse(readFileSync(join(projectRoot, 'native/constants.json'), 'utf8')) as Table;

test('C++ and TypeScript give each error the same number', (t) => {
  const header = readFileSync(join(projectRoot, 'native/engine/base/constants.gen.h'), 'utf8');
  const errc = header.match(/enum class Errc[^}]*}/)![0];
  const numbers = [...errc.matchAll(/^\s+(\w+) = (\d+),$/gm)].map(([, name, number]) => [name, Number(number)]);
  t.deepEqual(
    numbers,
    errorTable.map(({ name }, number) => [name, number]),
  );
});

test('an error named twice is refused', (t) => {
  const table = readTable();
  table.errors.push(table.errors[0]!);
  t.throws(() => checkTable(table), { message: /given twice/ });
});

test('an error whose code is not its name is refused', (t) => {
  const table = readTable();
  table.errors[0]!.code = 'FORESHARD_SOMETHING';
  t.throws(() => checkTable(table), { message: /must be its name in capitals/ });
});

test('a record kind of 0 is refused', (t) => {
  const table = readTable();
  table.recordKinds[0]!.value = 0;
  t.throws(() => checkTable(table), { message: /0 is reserved/ });
});

test('a default outside of its bounds is refused', (t) => {
  const table = readTable();
  table.options[0]!.default = table.options[0]!.max + 1;
  t.throws(() => checkTable(table), { message: /outside of its range/ });
});
