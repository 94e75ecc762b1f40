// Damage on disk: made good where another file says the same, refused by name where not, and never silent. What is
// damaged here is a copy of an open store, which is what a killed process leaves behind.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { open as openAt, type Store } from '../src/index.js';
import { eachBackend, failsWith, freshDirectory, sleep, smallStore, type StoreTest } from './support/stores.js';

const count = 3000;
const keyOf = (index: number): string => `key ${index}`;
const valueOf = (index: number): Buffer => Buffer.alloc(300, `value ${index};`);
const indexes = Array.from({ length: count }, (_, index) => index);

const filesOf = (directory: string, ending: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name));

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0x10;
  writeFileSync(file, bytes);
}

/** Half of the keys in sealed segments with an index image, the others in the log's tail; as a kill leaves it. */
async function killed({ open, directory }: StoreTest): Promise<() => string> {
  const store = await open();
  const write = async (of: number[]) => {
    for (const index of of) void store.put(keyOf(index), valueOf(index));
    await store.flush();
  };
  await write(indexes.slice(0, count / 2));
  await store.compact();
  await store.checkpoint();
  await write(indexes.slice(count / 2));
  await sleep(100); // a mark says that the end of the log was durable
  const left = freshDirectory();
  cpSync(directory, left, { recursive: true });
  await store.close();
  return () => {
    const copy = freshDirectory();
    cpSync(left, copy, { recursive: true });
    return copy;
  };
}

async function missing(store: Store): Promise<number> {
  const values = await Promise.all(indexes.map((index) => store.get(keyOf(index)).catch(() => undefined)));
  return values.filter((value, index) => !value?.equals(valueOf(index))).length;
}

async function opensWhole(t: ExecutionContext, directory: string, io: StoreTest['io'], what: string): Promise<void> {
  const store = await openAt(directory, { ...smallStore, io });
  t.is(await missing(store), 0, what);
  await store.recovery.full;
  t.is(await missing(store), 0, `${what}, recovered`);
  await store.close();
}

eachBackend('damage to what is there twice costs values', async (t, place) => {
  const copy = await killed(place);
  const harmed = (harm: (directory: string) => void) => {
    const directory = copy();
    harm(directory);
    return directory;
  };
  const flipAll = (ending: string, at: (length: number) => number) => (directory: string) => {
    const files = filesOf(directory, ending);
    t.true(files.length > 0, `there are ${ending} files`);
    for (const file of files) flip(file, at(readFileSync(file).length));
  };
  await opensWhole(t, copy(), place.io, 'as it was left');
  await opensWhole(t, harmed((directory) => flip(join(directory, 'MANIFEST-A'), 100)), place.io, 'one manifest');
  await opensWhole(t, harmed((directory) => rmSync(join(directory, 'MANIFEST-B'))), place.io, 'the other manifest gone');
  await opensWhole(t, harmed(flipAll('.idx', () => 20)), place.io, 'heads of index images');
  await opensWhole(t, harmed(flipAll('.idx', () => 4200)), place.io, 'a page of the index images');
  await opensWhole(t, harmed(flipAll('.run', () => 30)), place.io, 'heads of runs');
  await opensWhole(t, harmed(flipAll('.run', (length) => length - 4000)), place.io, 'entries of runs');
  await opensWhole(t, harmed((directory) => filesOf(directory, '.idx').forEach((file) => rmSync(file))), place.io, 'no index image');
});

eachBackend('a store whose manifest is lost is taken for a new one, or cleaned away', async (t, place) => {
  const copy = await killed(place);
  for (const [code, harm] of [
    ['FORESHARD_MANIFEST_MISSING', (file: string) => rmSync(file)],
    ['FORESHARD_MANIFEST_UNREADABLE', (file: string) => writeFileSync(file, Buffer.alloc(4096, 0xa5))],
  ] as const) {
    const directory = copy();
    const before = [...filesOf(directory, '.seg'), ...filesOf(directory, '.run')];
    for (const name of ['MANIFEST-A', 'MANIFEST-B']) harm(join(directory, name));
    await failsWith(t, code, openAt(directory, { ...smallStore, io: place.io }));
    t.deepEqual([...filesOf(directory, '.seg'), ...filesOf(directory, '.run')], before, 'nothing was deleted');
  }
});

eachBackend('damage to the acknowledged end of the log passes for a torn tail', async (t, place) => {
  const copy = await killed(place);
  const directory = copy();
  // The segment that was being written: the last one that holds records.
  const tail = filesOf(directory, '.seg').findLast((file) => readFileSync(file).includes(valueOf(count - 1)))!;
  flip(tail, readFileSync(tail).indexOf(valueOf(count - 1)) + 10);
  const error = await failsWith(t, 'FORESHARD_CORRUPT', openAt(directory, { ...smallStore, io: place.io }));
  t.regex(error.message, /segment \d+, bytes \d+ to \d+/);
  const store = await openAt(directory, { ...smallStore, io: place.io, onDamage: 'skip' });
  const { damage } = store.recovery.report() as unknown as { damage: object[] };
  t.true(damage.length > 0, 'what is lost is reported');
  const lost = await missing(store);
  t.true(lost > 0 && lost < count / 2, `${lost} values are lost`);
  await store.close();
});

eachBackend('a damaged record gives a wrong value, or takes others with it', async (t, place) => {
  const copy = await killed(place);
  const directory = copy();
  rmSync(join(directory, 'fast'), { recursive: true, force: true });
  const victim = filesOf(directory, '.seg').find((file) => readFileSync(file).includes(valueOf(7)))!;
  const bytes = readFileSync(victim);
  for (let at = bytes.indexOf(valueOf(7)); at >= 0; at = bytes.indexOf(valueOf(7), at + 1)) flip(victim, at + 5);
  const store = await openAt(directory, { ...smallStore, io: place.io, checkpoints: false });
  const told: string[] = [];
  store.on('corruption', ({ type }) => told.push(type));
  await failsWith(t, 'FORESHARD_CORRUPT', store.get(keyOf(7)));
  t.is(await missing(store), 1);
  await nextTurn(); // events of the first turn after open() are held back to its end
  t.deepEqual([...new Set(told)], ['corruption']);
  await store.close();
});
