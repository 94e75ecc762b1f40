// The native benchmarks in miniature, so that they cannot rot: each measure is there, and has done its work.
import { readdirSync } from 'node:fs';
import test from 'ava';
import type { Figure, Measured } from '../bench/native/figures.js';
import { nativeHtml } from '../bench/native/html.js';
import { runProgram } from '../bench/native/program.js';
import { table, verdict } from '../bench/native/report.js';
import { freshDirectory } from './support/stores.js';

const small = {
  repetitions: '2',
  'append-bytes': String(2 ** 21),
  commits: '20',
  'hash-bytes': String(2 ** 21),
  keys: '20000',
  lookups: '3000',
  'tail-records': '5000',
};

const measures = [
  'append-1KiB',
  'append-100B',
  'append-1KiB-alone',
  'append-100B-alone',
  'commit',
  'group-checksum',
  'record-checksum',
  'key-hash',
  'insert',
  'lookup-uniform',
  'lookup-ahead-uniform',
  'lookup-zipf-0.99',
  'lookup-ahead-zipf-0.99',
  'misses-uniform',
  'misses-zipf-0.99',
  'index-image-write',
  'fast-image-write',
  'index-image-read',
  'fast-image-read',
  'replay',
  'replay-owner',
  'replay-core',
];

const positive = (...numbers: readonly number[]): boolean => numbers.every((number) => Number.isFinite(number) && number > 0);

function wellFormed({ samples, spread, ceilings, details }: Figure): boolean {
  const spreads = [spread, ...ceilings.flatMap((ceiling) => [ceiling.spread, ceiling.share]), ...details.map((detail) => detail.spread)];
  const paired = ceilings.length > 0 && ceilings.every((ceiling) => ceiling.samples.length === samples.length);
  return paired && samples.length > 0 && spreads.every(({ median, least, greatest }) => positive(median, least, greatest));
}

test.serial('a native measure is not there, has done nothing, or was wrong in what it read back', async (t) => {
  const directory = freshDirectory();
  const measured = await runProgram({ ...small, dir: directory }, false);
  t.deepEqual(measured.figures.map(({ name }) => name), measures);
  for (const figure of measured.figures) t.true(wellFormed(figure), JSON.stringify(figure));
  t.deepEqual(readdirSync(directory), [], 'nothing is left behind');
  const text = table(measured.figures);
  const page = nativeHtml('this', measured);
  for (const { title } of measured.figures) t.true(text.includes(title) && page.includes(title), title);
  t.notRegex(`${text}${page}`, /NaN|undefined|Infinity/);
});

test('an option of the native benchmarks that is wrong is not told, or measured all the same', async (t) => {
  const refused = async (options: Record<string, string>, why: RegExp) =>
    t.regex((await t.throwsAsync(runProgram({ dir: freshDirectory(), ...options }, false)))!.message, why);
  await refused({ keys: '1' }, /--keys must be a whole number from 10000 to \d+, not "1"/);
  await refused({ repetitions: 'many' }, /--repetitions must be a whole number/);
  await refused({ groups: 'append,apend' }, /there is no "apend"; there are append, commit/);
  await refused({ io: 'fast' }, /--io must be auto, ring or pool/);
  await refused({ records: '5' }, /there is no option --records/);
});

const figureWith = (bar: Figure['bar'], median: number, share: number): Figure => {
  const flat = (value: number) => ({ median: value, least: value, greatest: value });
  const ceilings = [{ name: 'bare', samples: [1], spread: flat(1), share: flat(share) }];
  const fixed = { group: 'g', name: 'n', title: 't', unit: 'ns', lessIsBetter: true, notes: [], samples: [1], details: [] };
  return { ...fixed, ...(bar && { bar }), spread: flat(median), ceilings };
};

test('a bar is said to be reached when it is not, or the other way round', (t) => {
  t.regex(verdict(figureWith({ of: 'share', value: 0.85 }, 1, 0.84)), /not reached/);
  t.notRegex(verdict(figureWith({ of: 'share', value: 0.85 }, 1, 0.85)), /not/);
  t.regex(verdict(figureWith({ of: 'most', value: 2 }, 2.1, 1)), /at most 2 ns: not reached/);
  t.notRegex(verdict(figureWith({ of: 'most', value: 2 }, 2, 0.1)), /not/);
  t.regex(verdict(figureWith({ of: 'least', value: 5 }, 4, 1)), /at least 5 ns: not reached/);
  t.is(verdict(figureWith(undefined, 1, 1)), '');
});

test('what is measured is not JSON of figures when a group is chosen', async (t) => {
  const measured: Measured = await runProgram({ ...small, groups: 'hash', dir: freshDirectory() }, false);
  t.deepEqual([...new Set(measured.figures.map(({ group }) => group))], ['hash']);
});
