// The microbenchmarks in miniature, so that they cannot rot: each case does its work, and its time is told.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { keyOf, Values } from '../bench/common/dataset.js';
import { crossing } from '../bench/micro/crossing.js';
import { javascriptCases } from '../bench/micro/javascript.js';
import { micro } from '../bench/micro/micro.js';
import { microHtml, microTables } from '../bench/micro/report.js';
import { freshDirectory } from './support/stores.js';

test.serial('a microbenchmark does not run, or tells no time', async (t) => {
  const timings = await micro({ directory: freshDirectory(), rounds: 1, seconds: 0.001, say: () => {} });
  for (const { name, rounds } of timings) t.true(rounds[0]!.ns > 0 && Number.isFinite(rounds[0]!.ns), name);
  const text = `${microTables(timings)}${microHtml('this', [], timings)}`;
  for (const { name } of timings) t.true(text.includes(name.replaceAll("'", '&#39;')), name);
  t.false(text.includes('NaN'));
});

test.serial('a microbenchmark measures something else than it says', async (t) => {
  const directory = freshDirectory();
  const folder = (name: string) => {
    mkdirSync(join(directory, name), { recursive: true });
    return join(directory, name);
  };
  const { cases, close } = await crossing(folder);
  const answers = new Map<string, unknown>();
  for (const { name, call, later } of [...cases, ...javascriptCases()]) answers.set(name, later ? await call() : call());
  const answerTo = (part: string) => [...answers].find(([name]) => name.includes(part))![1];
  t.is(answerTo('absent key'), undefined);
  t.is(answerTo('hasSync'), 1);
  t.is(answerTo('into memory'), 100);
  t.is((answerTo('Buffer of 16 KiB') as Buffer).length, 16_384);
  const values = new Values(100);
  t.is(values.versionOf(999, answerTo('getSync(), 100 bytes') as Buffer), 0);
  t.is(values.versionOf(999, answerTo('get(), awaited') as Buffer), 0);
  t.is((answerTo('getMany()') as Buffer[]).length, 1000);
  t.true((answerTo('accepted') as number) > 0);
  t.is(answerTo('pack a key'), keyOf(0).length);
  t.is(answerTo('pack a put'), 1000);
  t.is(answerTo('a promise a put'), 0, 'all were settled');
  await close();
});
