// The requests of a run, made before it begins: what it takes to make them is the harness's work, not the store's.
import { keyOf, zipfKeys, zipfTheta, type Values } from '../common/dataset.js';
import { Draws } from '../common/reads.js';

const keysDrawn = 1 << 20;
const recordsDrawn = 1 << 17;
const recordBytesMax = 64 * 2 ** 20;

export interface Drawn {
  readonly index: number;
  readonly key: string;
}

export interface DrawnRecord extends Drawn {
  readonly value: Buffer;
}

/** Keys in the order in which they are asked for, their text made beforehand. */
export class Keys extends Draws {
  readonly #keys: string[];

  constructor(keys: number, zipf: boolean, seed: number) {
    super(keysDrawn, keys, zipf ? zipfTheta : 0, seed);
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
    const count = Math.min(recordsDrawn, Math.floor(recordBytesMax / values.bytes));
    const indexes = zipfKeys(count, keys, zipf ? zipfTheta : 0, seed);
    this.#records = Array.from(indexes, (index, at) => ({ index, key: keyOf(index), value: values.of(index, at + 1) }));
  }

  next(): DrawnRecord {
    return this.#records[this.#next++ % this.#records.length]!;
  }

  /** Some of those that have been asked for. */
  sample(count: number): DrawnRecord[] {
    const asked = this.#records.slice(0, this.#next);
    const step = Math.max(1, Math.floor(asked.length / count));
    return asked.filter((_, at) => at % step === 0);
  }
}
