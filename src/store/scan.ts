// Iterators: complete, unordered passes over the keys. A key that is there from beginning to end comes exactly once;
// one that is written or deleted meanwhile comes once or not at all.
import type { ErrorCode, ForeshardError } from '../errors/index.js';
import type { Driver } from './driver.js';
import type { Entry, EntryBatch } from './packet.js';

const batchEntries = 1024;
const batchBytes = 64 * 1024;

const damage = new Set<unknown>(['FORESHARD_CORRUPT', 'FORESHARD_CHECKSUM_MISMATCH'] satisfies ErrorCode[]);

/** A damaged record is passed over where the store is open to skip damage, but not the same one for ever. */
function canSkip(driver: Driver, error: Error, before: Error | undefined): boolean {
  return driver.skipsDamage && damage.has((error as ForeshardError).code) && error.message !== before?.message;
}

/** All entries, a batch at a time, the next one fetched while this one is used. */
async function* batches(driver: Driver, withValues: boolean): AsyncGenerator<Entry[]> {
  driver.checkOpen();
  const iterator = driver.native.iteratorOpen(withValues);
  if (iterator < 0) throw driver.refused(iterator);
  const next = () =>
    driver.request<EntryBatch>((ticket) => driver.native.iteratorNext(iterator, batchEntries, batchBytes, ticket));
  let coming = next();
  let skipped: Error | undefined;
  try {
    for (;;) {
      const { entries, end, error } = await coming;
      const failed = error !== undefined && !canSkip(driver, error, skipped);
      if (!end && !failed) {
        coming = next();
        coming.catch(() => {}); // reported when it is awaited, if it is
      }
      yield entries;
      if (failed) throw error;
      if (end) return;
      skipped = error;
    }
  } finally {
    if (!driver.closing) {
      await coming.catch(() => {});
      driver.native.iteratorClose(iterator);
      driver.afterCall();
    }
  }
}

/** What `item` makes of the entries, `limit` of them at most. */
export async function* scan<Item>(
  driver: Driver,
  withValues: boolean,
  limit: number,
  item: (entry: Entry) => Item,
): AsyncGenerator<Item, void, undefined> {
  let left = limit;
  if (left === 0) return;
  for await (const entries of batches(driver, withValues)) {
    for (const entry of entries) {
      driver.checkOpen();
      yield item(entry);
      if (--left === 0) return;
    }
  }
}
