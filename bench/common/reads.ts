// Which keys are asked for, and whether what came is theirs.
import { zipfKeys, type Values } from './dataset.js';

const lookEvery = 64;

/** Keys in the order in which they are asked for, again and again, by their indexes. */
export class Draws {
  readonly indexes: Int32Array;
  #next = 0;

  /** `theta`: of Zipf's law; 0 draws all alike. */
  constructor(count: number, keys: number, theta: number, seed: number) {
    this.indexes = zipfKeys(count, keys, theta, seed);
  }

  /** The place of the next request in the list. */
  next(): number {
    return this.#next++ % this.indexes.length;
  }

  /** The key of the next request. */
  nextIndex(): number {
    return this.indexes[this.next()]!;
  }
}

/** Every value must name its key, and one in 64 is compared byte by byte. */
export class Checks {
  wrong = 0;
  /** A sum over the values that were right. */
  digest = 0;
  #looked = 0;
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  look(index: number, value: Buffer | undefined): void {
    const all = this.#looked++ % lookEvery === 0;
    const good = all ? this.#values.versionOf(index, value) >= 0 : this.#values.belongsTo(index, value);
    if (good) this.digest = (this.digest + value!.readUInt32LE(0)) >>> 0;
    else this.wrong++;
  }

  restart(): void {
    this.wrong = this.digest = 0;
  }
}
