// Iterators: complete, unordered passes over the keys. A key that is there from beginning to end comes exactly once;
// one that is written or deleted meanwhile comes once or not at all.
import type { Driver } from './driver.js';
import type { Entry, EntryBatch } from './packet.js';

const batchEntries = 1024;
const batchBytes = 64 * 1024;

/** All entries, a batch at a time, the next one fetched while this one is used. */
async function* batches(driver: Driver, withValues: boolean): AsyncGenerator<Entry[]> {
  driver.checkOpen();
  const iterator = driver.native.iteratorOpen(withValues);
  if (iterator < 0) throw driver.refused(iterator);
  const next = () =>
    driver.request<EntryBatch>((ticket) => driver.native.iteratorNext(iterator, batchEntries, batchBytes, ticket));
  let coming = next();
  try {
    for (;;) {
      const { entries, end } = await coming;
      if (!end) {
        coming = next();
        coming.catch(() => {}); // reported when it is awaited, if it is
      }
      yield entries;
      if (end) return;
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
