// Options of open(): each is checked, and the error names it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ForeshardError, open, type OpenOptions } from '../src/index.js';
import { optionTable } from '../src/errors/index.js';
import { checkOptions } from '../src/store/options.js';
import { eachBackend, failsWith, freshDirectory, smallStore } from './support/stores.js';

const noNumbers = ['1', null, NaN, Infinity, -1, {}, true];

/** Per option what it must not be. */
const bad: Record<string, unknown[]> = {
  valueEncoding: ['utf-8', null, 5, {}, { encode() {} }, { decode() {} }],
  keyEncoding: ['json', null, 5],
  createIfMissing: ['yes', 0, null],
  errorIfExists: ['no', 1, null],
  memoryLimit: [...noNumbers, 1024, 1.5, 2 ** 50],
  segmentBytes: [...noNumbers, 4096, 2 ** 27, 1048576.5],
  shards: [...noNumbers, 0, 1025, 2.5],
  durability: ['sometimes', true, null],
  flushInterval: [...noNumbers, 0, 60_001],
  io: ['uring', null, true],
  inflightGroups: [...noNumbers, 0, 5],
  commitSpin: [...noNumbers, -1, 1001, 0.5],
  heatHalfLife: [...noNumbers, 999],
  trackHeat: ['true', null],
  heatSocket: ['yes', 1, null],
  compactionGarbageShare: [...noNumbers, 0, 0.01, 0.99],
  backgroundBytesPerSecond: [...noNumbers, 0, 1000],
  checkpoints: [1, 'no', null],
  onDamage: ['ignore', null],
  tiers: [
    null,
    'fast',
    5,
    { slow: 'x' },
    { fast: '' },
    { fast: 5 },
    { standard: null },
    { fastBudget: -1 },
    { fastBudget: '1' },
  ],
  recovery: [null, 'fast', { use: 'nothing' }, { using: 'fast' }],
};

test('a bad option is refused by its name', async (t) => {
  for (const [option, values] of Object.entries(bad)) {
    for (const value of values) {
      const error = await failsWith(
        t,
        'FORESHARD_BAD_OPTION',
        open('nowhere', { [option]: value } as never),
        `${option} ${String(value)}`,
      );
      t.true(error.message.startsWith(option), error.message);
      t.true(String(error.context.option).startsWith(option));
      t.true(Object.hasOwn(error.context, 'value'));
    }
  }
});

test('a bad option inside of another is named with it', async (t) => {
  const error = await failsWith(t, 'FORESHARD_BAD_OPTION', open('nowhere', { tiers: { fastBudget: -1 } }));
  t.is(error.context.option, 'tiers.fastBudget');
  t.regex(error.message, /0 to 1099511627776/);
});

test('an unknown option is refused, and the message lists those that there are', async (t) => {
  const error = await failsWith(t, 'FORESHARD_BAD_OPTION', open('nowhere', { shard: 4 } as never));
  t.is(error.context.option, 'shard');
  t.regex(error.message, /shards, durability/);
  await failsWith(t, 'FORESHARD_BAD_OPTION', open('nowhere', null as never));
  await failsWith(t, 'FORESHARD_BAD_OPTION', open('nowhere', 'fast' as never));
});

test('a directory must be a path', async (t) => {
  for (const directory of ['', 5, null, undefined, {}, 'zero\0inside']) {
    await failsWith(t, 'FORESHARD_BAD_OPTION', open(directory as string));
  }
});

test('the bounds of numbers are in range, and undefined is the default', (t) => {
  const top = Object.entries(optionTable).filter(([name]) => name in bad);
  for (const [name, { min, max }] of top) {
    for (const value of [min, max, undefined]) t.notThrows(() => checkOptions('dir', { [name]: value } as OpenOptions));
  }
  t.deepEqual(Object.keys(checkOptions('dir', { shards: undefined }).native).includes('shards'), false);
});

eachBackend('a store is not created where it must exist', async (t, { directory, open: reopen }) => {
  const error = await failsWith(t, 'FORESHARD_NOT_FOUND', reopen({ createIfMissing: false }));
  t.is(error.context.directory, directory);
  await failsWith(t, 'FORESHARD_NOT_FOUND', open(join(directory, 'below'), { createIfMissing: false }));
});

eachBackend('a store that exists is refused where it must be new', async (t, { open: reopen }) => {
  const store = await reopen({ errorIfExists: true });
  await store.put('key', Buffer.from('value'));
  await store.close();
  await failsWith(t, 'FORESHARD_EXISTS', reopen({ errorIfExists: true }));
  const again = await reopen();
  t.true(again.hasSync('key'));
});

test('a directory is created with its parents', async (t) => {
  const store = await open(join(freshDirectory(), 'a/b/c'), smallStore);
  await store.put('key', Buffer.from('value'));
  t.true(store.hasSync('key'));
  await store.close();
});

test('a directory that is a file is refused', async (t) => {
  const file = join(freshDirectory(), 'file');
  writeFileSync(file, 'content');
  await t.throwsAsync(open(file, smallStore), { instanceOf: ForeshardError });
});

eachBackend(
  'options take effect; shards are rounded up to a power of two',
  async (t, { io, directory, open: reopen }) => {
    const store = await reopen({ shards: 6, tiers: { fast: join(directory, 'quick'), fastBudget: 1 << 20 } });
    const stats = store.stats() as { io: string; shards: number; memory: { limit: number } };
    t.deepEqual([stats.io, stats.shards, stats.memory.limit], [io, 8, smallStore.memoryLimit]);
  },
);
