// The end of a store: nothing new is taken, what is under way ends, then the engine closes.
import type { Driver } from './driver.js';
import type { Recovery } from './recovery.js';
import type { Writer } from './writer.js';

/** Rejects if the engine could not close in order; the store is closed all the same. */
export async function closeStore(driver: Driver, writer: Writer, recovery: Recovery): Promise<void> {
  driver.closing = true;
  try {
    await writer.idle();
    await driver.request((ticket) => driver.native.close(ticket));
  } finally {
    driver.release();
    writer.rejectWaiting(driver.closedError());
    recovery.end();
  }
}
