// The requests of a run, made before it begins: what it takes to make them is the harness's work, not the store's.
import { keyOf, zipfKeys, zipfTheta, type Values } from '../common/dataset.js';
import { Draws } from '../common/reads.js';
import type { PeerRecord } from '../peers/index.js';

const keysDrawnMax = 1 << 20;
const recordsDrawnMax = 1 << 17;
/** A small store needs no more, and is measured at once. */
const drawnPerKey = 16;
const recordBytesMax = 64 * 2 ** 20;

export interface DrawnRecord extends PeerRecord {
  readonly index: number;
}

/** Keys in the order in which they are asked for, their text made beforehand. */
export class Keys extends Draws {
  readonly #keys: string[];

  constructor(keys: number, zipf: boolean, seed: number) {
    super(Math.min(keysDrawnMax, keys * drawnPerKey), keys, zipf ? zipfTheta : 0, seed);
    this.#keys = Array.from(this.indexes, keyOf);
  }

  indexAt(request: number): number {
    return this.indexes[request]!;
  }

  keyAt(request: number): string {
    return this.#keys[request]!;
  }
}

/** New versions of keys drawn like those, again and again. */
export class Records {
  #next = 0;
  readonly #records: DrawnRecord[];

  constructor(values: Values, keys: number, zipf: boolean, seed: number) {
    const count = Math.min(recordsDrawnMax, keys * drawnPerKey, Math.floor(recordBytesMax / values.bytes));
    const indexes = zipfKeys(count, keys, zipf ? zipfTheta : 0, seed);
    this.#records = Array.from(indexes, (index, at) => ({ type: 'put', index, key: keyOf(index), value: values.of(index, at + 1) }));
  }

  next(): DrawnRecord {
    return this.#records[this.#next++ % this.#records.length]!;
  }

  /** All of them in batches of this size. */
  batches(size: number): DrawnRecord[][] {
    const count = Math.floor(this.#records.length / size);
    return Array.from({ length: count }, (_, at) => this.#records.slice(at * size, (at + 1) * size));
  }

  /** Some of those that have been asked for: the first `asked`, or as many as next() has given. */
  sample(asked = this.#next): DrawnRecord[] {
    return someOf(this.#records.slice(0, asked));
  }
}

/** About as many are read back behind writes. */
const readBack = 1000;

export function someOf<Item>(items: readonly Item[]): Item[] {
  const step = Math.max(1, Math.floor(items.length / readBack));
  return items.filter((_, at) => at % step === 0);
}
