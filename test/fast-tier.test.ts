// The fast tier is a cache: whatever happens to its files, the store opens with all values, and none of yesterday's.
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../src/index.js';
import { eachBackend, freshDirectory, type Reopen } from './support/stores.js';

const count = 5000;
const keyOf = (index: number): string => `key ${index}`;
const valueOf = (index: number, version: number): Buffer => Buffer.alloc(200, `${version} of ${index};`);
const indexes = Array.from({ length: count }, (_, index) => index);

async function write(store: Store, version: number): Promise<void> {
  await store.batch(indexes.map((index) => ({ type: 'put', key: keyOf(index), value: valueOf(index, version) }) as const));
}

async function wrong(store: Store, version: number): Promise<number> {
  const values = await store.getMany(indexes.map(keyOf));
  return values.filter((value, index) => !value?.equals(valueOf(index, version))).length;
}

const filesOf = (tier: string): string[] => readdirSync(tier).map((name) => join(tier, name));

/** A store whose values are all of this version, with fast-restore images of it. */
async function made(open: Reopen, tier: string, version: number): Promise<void> {
  const store = await open({ tiers: { fast: tier } });
  await write(store, version);
  await store.checkpoint();
  await store.close();
}

type Harm = (tier: string, anotherStores: string, yesterdays: string) => void;

const replaceBy = (tier: string, other: string): void => {
  rmSync(tier, { recursive: true });
  cpSync(other, tier, { recursive: true });
};

const harms: Record<string, Harm> = {
  untouched: () => {},
  deleted: (tier) => rmSync(tier, { recursive: true }),
  empty: (tier) => filesOf(tier).forEach((file) => rmSync(file)),
  'without permission': (tier) => filesOf(tier).forEach((file) => chmodSync(file, 0o000)),
  garbage: (tier) => filesOf(tier).forEach((file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 0xa5))),
  'half written': (tier) => filesOf(tier).forEach((file) => truncateSync(file, Math.floor(statSync(file).size / 2))),
  'with a flipped bit in each file': (tier) => {
    for (const file of filesOf(tier)) {
      const bytes = readFileSync(file);
      bytes[Math.floor(bytes.length / 3)]! ^= 1;
      writeFileSync(file, bytes);
    }
  },
  "another store's": (tier, anotherStores) => replaceBy(tier, anotherStores),
  "yesterday's": (tier, _, yesterdays) => replaceBy(tier, yesterdays),
  'a file in place of the directory': (tier) => {
    rmSync(tier, { recursive: true });
    writeFileSync(tier, 'not a directory');
  },
};

eachBackend('a harmed fast tier costs values, or brings old ones back', async (t, { open }) => {
  t.timeout(120_000);
  const place = freshDirectory();
  const [tier, anotherStores, yesterdays] = ['tier', 'another', 'yesterday'].map((name) => join(place, name)) as [string, string, string];
  const { open: openAt } = await import('../src/index.js');
  const another = await openAt(freshDirectory(), { tiers: { fast: anotherStores } });
  await write(another, 99);
  await another.checkpoint();
  await another.close();
  await made(open, tier, 1);
  cpSync(tier, yesterdays, { recursive: true });

  let version = 1;
  for (const [name, harm] of Object.entries(harms)) {
    await made(open, tier, ++version);
    t.true(filesOf(tier).length > 0, 'there are images');
    harm(tier, anotherStores, yesterdays);
    const store = await open({ tiers: { fast: tier } });
    t.is(await wrong(store, version), 0, `${name}, at once`);
    await store.recovery.full;
    t.is(await wrong(store, version), 0, `${name}, recovered`);
    await store.close();
    rmSync(tier, { recursive: true, force: true });
  }
});
