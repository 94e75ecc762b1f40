// The costs of Foreshard's own features in miniature, so that they cannot rot: every part runs, and what it counts adds up.
import test from 'ava';
import { costs, overwriteCases, partNames, type Settings } from '../bench/costs/costs.js';
import { costsHtml, costTables } from '../bench/costs/report.js';
import { freshDirectory } from './support/stores.js';

const settings = (): Settings => ({
  parts: new Set(partNames),
  directory: freshDirectory(),
  runs: 1,
  keys: 4000,
  passes: 2,
  memoryKeys: [4000],
  warmUpSeconds: 0.01,
  seconds: 0.05,
  cacheBytes: 64 << 20,
  seed: 1,
  say: () => {},
});

test.serial('a cost cannot be measured, or what was written is not there', async (t) => {
  const results = await costs(settings());
  t.is(results.features.length, 24, 'four workloads on six stores');
  t.true(results.features.every(({ runs }) => runs[0]!.operations > 0));
  t.is(results.overwrites.length, overwriteCases.length);
  for (const { overwrite, runs } of results.overwrites) {
    const [run] = runs;
    t.true(run!.puts >= 1000 && run!.seconds > 0 && run!.wrong === 0, overwrite.title);
    t.true(run!.writtenBytes >= run!.userBytes, `${overwrite.title}: durable bytes that were not written`);
    t.true(run!.diskBytes.every((bytes) => bytes >= run!.liveBytes), `${overwrite.title}: more on disk than there is`);
  }
  for (const { held, userBytes } of results.memory.flatMap(({ loaded, opened }) => [loaded, opened])) {
    t.true(held.index > 0 && held.records >= userBytes && held.chunks >= held.records);
  }
  const text = `${costTables(results)}${costsHtml('this', results)}`;
  for (const { title } of overwriteCases) t.true(text.includes(title), title);
  t.false(text.includes('NaN'));
});
