// Values on their way in: what a native read answers, made into the application's value.
//
// Short bytes arrive in a slab, a piece of memory that the addon copies into and that is cut up into views: no
// allocation of their own, and no second copy. A view keeps its slab (64 KiB) alive.
import { markAsUntransferable } from 'node:worker_threads';
import { answerLayout } from '../errors/index.js';
import type { Driver } from './driver.js';
import type { Encoding } from './encoding.js';
import { viewOf } from './views.js';

const slabBytes = 64 * 1024;

export class Values<V> {
  readonly encoding: Encoding<V>;
  readonly #driver: Driver;
  readonly #answer: Float64Array;
  #slab: Buffer | undefined;
  #memory: ArrayBufferLike = new ArrayBuffer(0);

  constructor(driver: Driver, encoding: Encoding<V>) {
    this.encoding = encoding;
    this.#driver = driver;
    this.#answer = driver.answer;
    if (!encoding.text) this.renewSlab();
  }

  /** Gives the addon fresh memory; views of the old one stay as they are. */
  renewSlab(): void {
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#memory = this.#slab.buffer;
    markAsUntransferable(this.#memory);
    this.#driver.native.setSlab(this.#slab);
  }

  /**
   * To be called right before a read: through one of its views the application can have moved the slab's memory away
   * (ArrayBuffer.prototype.transfer), and then the addon must not write there.
   */
  ready(): void {
    if (this.#slab?.length === 0) this.renewSlab();
  }

  /** The bytes that the addon has just put into the slab. Call it before anything else is read. */
  fromSlab(length: number): V {
    const offset = this.#answer[answerLayout.valueOffset]!;
    const bytes = viewOf(this.#memory, offset, length);
    this.keepRoom();
    return this.encoding.decodeBytes(bytes);
  }

  /** Sees to it that the next value of a length for the slab fits. */
  keepRoom(): void {
    if (this.#answer[answerLayout.slabOffset]! > slabBytes - this.#driver.native.slabValueMax) this.renewSlab();
  }

  /** A value that is no slab's. */
  own(raw: Buffer | string): V {
    if (!this.encoding.text) this.keepRoom(); // it may have been short for want of room
    return typeof raw === 'string' ? this.encoding.decodeText(raw) : this.encoding.decodeBytes(raw);
  }

  /** A value that came as a completion. */
  late(bytes: Buffer): V {
    return this.encoding.decodeBytes(bytes);
  }

  /** To be called right before a crossing that fills the slab with many values. */
  readyForMany(): void {
    if (this.#slab === undefined || this.#slab.length === 0) this.renewSlab();
  }

  /** What a crossing has filled the slab with, from `start` to `end`: as text in one piece if all of it is ASCII. */
  endMany(start: number, end: number): (offset: number, length: number) => V {
    const slab = this.#slab!;
    const memory = this.#memory;
    const { encoding } = this;
    if (!encoding.text || this.#answer[answerLayout.ascii] !== 1) {
      return (offset, length) => encoding.decodeBytes(viewOf(memory, offset, length));
    }
    const text = slab.toString('latin1', start, end);
    return (offset, length) => encoding.decodeText(text.slice(offset - start, offset - start + length));
  }
}
