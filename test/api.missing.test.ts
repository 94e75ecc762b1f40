// A file of the log that is gone: what it held is damaged, never absent.
import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { eachBackend } from './support/stores.js';

const count = 30_000;
const batchKeys = 500;
const keys = Array.from({ length: count }, (_, i) => `k${i}`);

eachBackend('a key whose segment is gone is reported as damaged, not as absent', async (t, { directory, open }) => {
  const store = await open();
  for (let first = 0; first < count; first += batchKeys) {
    const some = keys.slice(first, first + batchKeys);
    await store.batch(some.map((key) => ({ type: 'put', key, value: Buffer.alloc(200, 1) })));
  }
  await store.checkpoint();
  await store.close();
  const segments = readdirSync(directory)
    .filter((name) => name.endsWith('.seg'))
    .toSorted();
  unlinkSync(join(directory, segments[1]!));
  const reopened = await open({ recovery: { use: 'standard' } });
  const corruption = new Promise((resolve) => void reopened.once('corruption', resolve));
  const answers = await Promise.allSettled(keys.map((key) => reopened.get(key)));
  const codes = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [(answer.reason as { code: string }).code] : [],
  );
  t.true(codes.length > 0);
  t.deepEqual([...new Set(codes)], ['FORESHARD_CORRUPT']);
  t.true(answers.every((answer) => answer.status === 'rejected' || answer.value !== undefined));
  t.like(await corruption, { type: 'corruption' });
});
