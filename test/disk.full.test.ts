// A disk that is really full: what was acknowledged stays, deletes go on, and writes come back when space does.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ForeshardError, Store } from '../src/index.js';
import { mountSmallDisk } from './support/small-disk.js';
import { eachBackend, same, sleep } from './support/stores.js';

const diskBytes = 48 << 20;
const ballastBytes = 12 << 20;
const valueOf = (index: number): Buffer => Buffer.alloc(4000, `value ${index};`);

interface Filled {
  readonly acknowledged: number[];
  readonly refused: number[];
}

/** Writes new keys, 64 at a time, until one is refused for want of space. */
async function fill(store: Store): Promise<Filled> {
  const filled: Filled = { acknowledged: [], refused: [] };
  for (let next = 0; filled.refused.length === 0; next += 64) {
    const writes = Array.from({ length: 64 }, async (_, i) => {
      const index = next + i;
      try {
        await store.put(`key ${index}`, valueOf(index));
        filled.acknowledged.push(index);
      } catch (error) {
        if ((error as ForeshardError).code !== 'FORESHARD_DISK_FULL') throw error;
        filled.refused.push(index);
      }
    });
    await Promise.all(writes);
  }
  return filled;
}

/** Keys whose value is not the one that was acknowledged. */
async function missing(store: Store, indexes: readonly number[]): Promise<number[]> {
  const values = await store.getMany(indexes.map((index) => `key ${index}`));
  return indexes.filter((index, at) => !values[at]?.equals(valueOf(index)));
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 50) {
    if (waited > 30_000) throw new Error(`${what} did not come`);
    await sleep(50);
  }
}

eachBackend('a full disk loses what was acknowledged, blocks deletes, or stays full when it is not', async (t, place) => {
  const disk = mountSmallDisk(place.directory, diskBytes);
  if (disk === undefined) return void t.pass('skipped: mounting a small file system is not permitted here (it takes root)');
  t.teardown(() => disk.unmount());
  t.timeout(120_000);
  const ballast = join(disk.directory, 'ballast');
  writeFileSync(ballast, Buffer.alloc(ballastBytes, 1));
  const { open } = await import('../src/index.js');
  const options = { segmentBytes: 1 << 20, memoryLimit: 16 << 20, io: place.io, tiers: { fastBudget: 0 } };
  const directory = join(disk.directory, 'store');
  const store = await open(directory, options);
  const events: string[] = [];
  for (const name of ['full', 'resumed'] as const) store.on(name, ({ type }) => events.push(type));

  const { acknowledged, refused } = await fill(store);
  t.log(`${disk.kind}: ${acknowledged.length} acknowledged, ${refused.length} refused`);
  t.true(acknowledged.length > 1000);
  same(t, await missing(store, acknowledged), [], 'acknowledged values are there while the disk is full');
  const refusedValues = await store.getMany(refused.map((index) => `key ${index}`));
  t.true(refusedValues.every((value) => value === undefined), 'what was refused cannot be read');
  await until(() => events.includes('full'), 'the event of a full disk');

  const deleted = acknowledged.slice(0, 50);
  await Promise.all(deleted.map((index) => store.del(`key ${index}`)));
  const kept = acknowledged.slice(50);
  same(t, await missing(store, kept), [], 'deletes harm nothing else');

  rmSync(ballast);
  await until(() => events.includes('resumed'), 'the event of space that returned');
  await store.put('after', Buffer.from('space returned'));
  await store.close();

  const again = await open(directory, options);
  same(t, await missing(again, kept), [], 'acknowledged values are there after a restart');
  t.true((await missing(again, deleted)).length === deleted.length, 'deleted keys stay deleted');
  t.is((await again.get('after'))?.toString(), 'space returned');
  await again.close();
});
