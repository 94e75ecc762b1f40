// What is learned beside a store is there again when it is opened again; where it cannot be, the store does without.
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { moduleOf } from './support/predictor-modules.js';
import { PredictedStore, type Predictors } from './support/predicted-store.js';
import { mountSmallDisk } from './support/small-disk.js';
import { freshDirectory } from './support/stores.js';

const headBytes = 32;

/** Saves which life it is in. */
function livesModule(name: string, runs: 'pool' | 'inline'): string {
  const state = 'save: () => Uint8Array.of(life), load: (state) => { life = state[0] + 1; }';
  const create = `() => { let life = 1; return { predict: ({ rows }) => new Float32Array(rows), ${state} }; }`;
  const definition = `{ name: '${name}', role: 'access', columns: [], runs: '${runs}', create: ${create} }`;
  return moduleOf(name, `export default definePredictor(${definition});`);
}

const predictors: Predictors = {
  access: livesModule('lives-apart', 'pool'),
  challengers: [livesModule('lives-within', 'inline'), 'ensemble'],
  failure: false,
};

const stateOf = (directory: string) => join(directory, 'predictors');
const filesOf = (directory: string) => readdirSync(stateOf(directory)).toSorted();
const fileOf = (directory: string, name: string) =>
  join(stateOf(directory), filesOf(directory).find((file) => file.startsWith(name))!);
const lifeOf = (directory: string, name: string) => readFileSync(fileOf(directory, name))[headBytes];

/** Opens, uses and closes a store; whoever was created has been asked. */
async function live(directory: string, model?: ReadonlyMap<string, string>): Promise<PredictedStore> {
  const it = await PredictedStore.open(directory, predictors, model);
  await it.until('work', () => (it.figures?.seen.accesses ?? 0) > 3000 && it.predictedTime > 0);
  await it.readAll();
  await it.store.close();
  return it;
}

/** Each once: a long life saves several times. */
const changesOf = ({ events }: PredictedStore) => [
  ...new Set(events.map(({ change, predictor }) => `${change} ${predictor}`.trim())),
];

let firstLife: Promise<{ directory: string; it: PredictedStore }> | undefined;

/** Its first life, lived once; then a copy of that for each test. */
async function learned(): Promise<{ directory: string; it: PredictedStore }> {
  firstLife ??= (async () => {
    const directory = freshDirectory();
    return { directory, it: await live(directory) };
  })();
  const { directory, it } = await firstLife;
  const copy = freshDirectory();
  cpSync(directory, copy, { recursive: true });
  return { directory: copy, it };
}

test('what was learned is forgotten when a store is opened again', async (t) => {
  const { directory, it } = await learned();
  t.deepEqual(filesOf(directory).map((file) => file.replace(/-[0-9a-f]{16}/, '')), [
    'ensemble.v1',
    'features',
    'life',
    'lives-apart.v1',
    'lives-within.v1',
    'order',
    'recoveries',
  ]);
  t.deepEqual(['lives-apart', 'lives-within'].map((name) => lifeOf(directory, name)), [1, 1]);
  const { keys } = it.figures!.tracked;
  const again = await PredictedStore.open(directory, predictors, it.model);
  let first: number | undefined; // before anything was seen
  await again.until('figures', () => (first ??= again.figures?.tracked.keys) !== undefined);
  t.true(first! >= keys, `${first} of ${keys}`);
  await again.store.close(); // it may have seen too little to save anything
  t.deepEqual(again.events, []);
  const { wrong, events } = await live(directory, again.model);
  t.deepEqual([wrong, events], [[], []]);
  for (const name of ['lives-apart', 'lives-within']) t.true(lifeOf(directory, name)! >= 2, name);
});

async function doesWithout(t: ExecutionContext, directory: string, it: PredictedStore, changes: readonly string[]): Promise<void> {
  const damaged = await live(directory, it.model);
  t.deepEqual(damaged.wrong, []);
  t.deepEqual(changesOf(damaged).toSorted(), changes.toSorted());
  for (const { reason } of damaged.events) t.true(reason.includes(stateOf(directory)), reason);
}

/** After that, all is as it was: learning has begun afresh. */
function isWellAgain(t: ExecutionContext, directory: string, lives: Record<string, number>): void {
  for (const [name, life] of Object.entries(lives)) t.is(lifeOf(directory, name), life, name);
  t.is(filesOf(directory).length, 7);
}

const flip = (file: string) => {
  const bytes = readFileSync(file);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(file, bytes);
};

test('a damaged file of features costs more than what was known of the keys', async (t) => {
  const { directory, it } = await learned();
  flip(fileOf(directory, 'features'));
  await doesWithout(t, directory, it, ['forgotten']);
  isWellAgain(t, directory, { 'lives-apart': 2, 'lives-within': 2 });
});

test('a file of state that is cut or empty costs more than what that predictor had learned', async (t) => {
  const { directory, it } = await learned();
  truncateSync(fileOf(directory, 'lives-apart'), headBytes);
  truncateSync(fileOf(directory, 'lives-within'), 0);
  await doesWithout(t, directory, it, ['forgotten lives-apart', 'forgotten lives-within']);
  isWellAgain(t, directory, { 'lives-apart': 1, 'lives-within': 1 });
});

test('files of state that were swapped are taken for those of others', async (t) => {
  const { directory, it } = await learned();
  const [one, other] = [fileOf(directory, 'lives-apart'), fileOf(directory, 'ensemble')];
  renameSync(one, `${one}.0`);
  renameSync(other, one);
  renameSync(`${one}.0`, other);
  await doesWithout(t, directory, it, ['forgotten lives-apart', 'forgotten ensemble']);
  isWellAgain(t, directory, { 'lives-apart': 1, 'lives-within': 2 });
});

test('a place that is no directory keeps predictors from their work', async (t) => {
  const { directory, it } = await learned();
  rmSync(stateOf(directory), { recursive: true });
  writeFileSync(stateOf(directory), 'something else');
  const names = ['lives-apart', 'lives-within', 'ensemble'];
  const read = ['forgotten', ...names.map((name) => `forgotten ${name}`)];
  const written = ['unsaved', ...names.map((name) => `unsaved ${name}`)];
  await doesWithout(t, directory, it, [...read, ...written]);
  t.is(readFileSync(stateOf(directory), 'utf8'), 'something else');
});

test('a file of state that cannot be replaced keeps others from being saved', async (t) => {
  const { directory, it } = await learned();
  const file = fileOf(directory, 'lives-apart');
  rmSync(file);
  mkdirSync(join(file, 'in the way'), { recursive: true });
  await doesWithout(t, directory, it, ['forgotten lives-apart', 'unsaved lives-apart']);
  t.is(lifeOf(directory, 'lives-within'), 2);
  t.deepEqual(filesOf(directory).filter((name) => name.includes('~')), []);
});

/** Files that leave no room. */
function fill(directory: string): string[] {
  const files: string[] = [];
  for (let bytes = 4 << 20; bytes >= 512;) {
    files.push(join(directory, `ballast${files.length}`));
    try {
      writeFileSync(files.at(-1)!, Buffer.alloc(bytes, 1), { flush: true });
    } catch {
      bytes >>= 1;
    }
  }
  return files;
}

test('a full disk keeps predictors from their work, or leaves halves of files', async (t) => {
  const { directory, it } = await learned();
  const disk = mountSmallDisk(directory, 8 << 20);
  if (disk === undefined) return void t.pass('skipped: mounting a small file system is not permitted here (it takes root)');
  t.teardown(() => disk.unmount());
  rmSync(stateOf(directory), { recursive: true });
  symlinkSync(disk.directory, stateOf(directory));
  const ballast = fill(disk.directory);
  await doesWithout(t, directory, it, ['unsaved', ...['lives-apart', 'lives-within', 'ensemble'].map((name) => `unsaved ${name}`)]);
  t.deepEqual(filesOf(directory).filter((name) => name !== 'lost+found' && !name.startsWith('ballast')), []);
  for (const file of ballast) rmSync(file);
  const free = await live(directory, it.model);
  t.deepEqual(changesOf(free), []);
  t.is(lifeOf(directory, 'lives-apart'), 1);
});

test('a predictor that refuses its state, or saves what is none, is not heard of, or keeps others from theirs', async (t) => {
  const state = "save: () => 'nothing', load() { throw new Error('not mine'); }";
  const create = `() => ({ predict: ({ rows }) => new Float32Array(rows), ${state} })`;
  const text = `export default definePredictor({ name: 'refuses', role: 'access', columns: [], create: ${create} });`;
  const directory = freshDirectory();
  const file = moduleOf('refuses', text.replace("'nothing'", 'Uint8Array.of(7)'));
  const options: Predictors = { ...predictors, access: file };
  const use = async () => {
    const it = await PredictedStore.open(directory, options);
    await it.until('work', () => (it.figures?.seen.accesses ?? 0) > 3000 && it.figures?.serving === 'refuses');
    await it.store.close();
    return it;
  };
  t.deepEqual(changesOf(await use()), []);
  writeFileSync(file, readFileSync(file, 'utf8').replace('Uint8Array.of(7)', "'nothing'"));
  const { events } = await use();
  const told = events.map(({ reason, ...event }) => `${reason} (${String(event['fault'])})`);
  t.deepEqual([...new Set(told)], ['refuses: load: not mine (state)', 'refuses: save: gave no Uint8Array (output)']);
  t.is(lifeOf(directory, 'lives-within'), 2);
});
