// foreshard verify DIR
import type { Store } from '../api/index.js';
import type { Command } from './command.js';
import { look } from './look.js';

/** Reads every record. Answers how many there are, and their bytes. */
async function readAll(store: Store<Buffer, Buffer>): Promise<{ records: number; bytes: number }> {
  let [records, bytes] = [0, 0];
  for await (const [key, value] of store.entries()) {
    records++;
    bytes += key.length + value.length;
  }
  return { records, bytes };
}

/** What recovery found damaged, and what was found while reading. */
function damageOf(store: Store<Buffer, Buffer>, found: readonly object[]): object[] {
  const { damage } = store.recovery.report() as { damage?: object[] };
  return [...(damage ?? []), ...found];
}

async function report(store: Store<Buffer, Buffer>): Promise<number> {
  const found: object[] = [];
  store.on('corruption', (event) => found.push(event));
  const { records, bytes } = await readAll(store);
  await new Promise(setImmediate); // events come after what they are about
  const damage = damageOf(store, found);
  for (const one of damage) process.stdout.write(`damaged: ${JSON.stringify(one)}\n`);
  process.stdout.write(`${records} records, ${bytes} bytes, ${damage.length} damaged\n`);
  return damage.length === 0 ? 0 : 1;
}

/**
 * Reads everything and reports damage. Opens past damage, so that all of it is found, and from the log, so that nothing
 * is taken from a checkpoint unread.
 */
export const verify: Command = {
  name: 'verify',
  args: ['DIR'],
  about: 'read everything and report damage; the exit code is 1 if there is any',
  examples: ['foreshard verify ./data && echo sound'],
  run: ([directory]) => look(directory!, report, { onDamage: 'skip', recovery: { use: 'log' } }),
};
