// Counts the first reads behind a crash, as the store tells of each of them.
import type { Store } from '../../../src/index.js';
import type { EarlyReads } from './tasks.js';

/** What the store counts (`recovery.report().early`), up to the first 10,000 calls of get(). */
interface StoreCounts {
  readonly reads: number;
  readonly covered: number;
  readonly restored: number;
  readonly replayed: number;
  readonly byClass: readonly number[];
}

const countsOf = (store: Store): StoreCounts => store.recovery.report()['early'] as StoreCounts;

/** Where the record of a key comes from, if from no image. */
const [none, replayed, unread] = [-1, -2, -3];

class Sums implements EarlyReads {
  reads = 0;
  ofRestoredKeys = 0;
  ofReplayedKeys = 0;
  inPlace = 0;
  inMemory = 0;
  fromDisk = 0;
  readonly byClass: number[];
  readonly #readsMax: number;

  constructor(readsMax: number, classes: number) {
    this.#readsMax = readsMax;
    this.byClass = Array.from({ length: classes }, () => 0);
  }

  /** Origins: of the key, when it was first read, and of the record now: a class, `replayed`, or none. */
  add(inMemory: boolean, keyOrigin: number, recordOrigin: number): void {
    if (this.reads === this.#readsMax) return;
    this.reads++;
    if (inMemory) this.inMemory++;
    else this.fromDisk++;
    if (recordOrigin >= 0) this.inPlace++;
    if (keyOrigin === replayed) this.ofReplayedKeys++;
    if (keyOrigin < 0) return;
    this.ofRestoredKeys++;
    this.byClass[keyOrigin]!++;
  }
}

/** Reads of keys that were there before the crash. A get() tells in the call itself whether its record is in memory. */
export class EarlyCounter {
  readonly first1000: EarlyReads;
  readonly first10000: EarlyReads;
  readonly #store: Store;
  readonly #sums: readonly Sums[];
  /** Where the record of each key came from when it was first read: the class of an image, `replayed`, or none. */
  readonly #origins: Int8Array;
  #before: StoreCounts;

  /** To be made before the first read. `ids`: keys have numbers below it. */
  constructor(store: Store, ids: number) {
    this.#store = store;
    this.#origins = new Int8Array(ids).fill(unread);
    this.#before = countsOf(store);
    const sumsOf = (readsMax: number) => new Sums(readsMax, this.#before.byClass.length);
    const sums = [sumsOf(1000), sumsOf(10_000)] as const;
    [this.first1000, this.first10000] = sums;
    this.#sums = sums;
  }

  /** As the store counts no further. */
  get done(): boolean {
    return this.#before.reads >= 10_000;
  }

  /** Right behind each call of get(), whatever it is for; keys that are new since the crash are passed over. */
  note(id: number, wasThere: boolean): void {
    if (this.done) return;
    const [before, now] = [this.#before, countsOf(this.#store)];
    this.#before = now;
    if (!wasThere) return;
    const ofImage = now.byClass.findIndex((count, number) => count > before.byClass[number]!);
    const origin = now.replayed > before.replayed ? replayed : ofImage < 0 ? none : ofImage;
    if (this.#origins[id] === unread) this.#origins[id] = origin;
    for (const sums of this.#sums) sums.add(now.covered > before.covered, this.#origins[id]!, origin);
  }
}
