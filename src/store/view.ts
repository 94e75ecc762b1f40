// The memory of viewSync(): one value at a time, each over the one before, so that a read allocates nothing.
import { markAsUntransferable } from 'node:worker_threads';
import type { NativeStore } from '../native/index.js';
import { viewOf } from './views.js';

/** Longer values get memory of their own. */
const viewBytes = 64 * 1024;
/** Views up to this length are kept: one for each length that was read. */
const keptLength = 4096;

export class View {
  readonly #native: NativeStore;
  #memory: Buffer | undefined;
  #views: (Buffer | undefined)[] = [];

  constructor(native: NativeStore) {
    this.#native = native;
  }

  /** To be called right before a read: the application can have moved the memory away (see Values.ready()). */
  ready(): void {
    if (this.#memory === undefined || this.#memory.length === 0) this.#renew();
  }

  /** The value that has just been read. */
  of(length: number): Buffer {
    if (length > keptLength) return viewOf(this.#memory!.buffer, 0, length);
    return (this.#views[length] ??= viewOf(this.#memory!.buffer, 0, length));
  }

  #renew(): void {
    this.#memory = Buffer.allocUnsafeSlow(viewBytes);
    markAsUntransferable(this.#memory.buffer);
    this.#views = Array.from<Buffer | undefined>({ length: keptLength + 1 });
    this.#native.setView(this.#memory);
  }
}
