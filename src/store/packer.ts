// Packs operations for one crossing: keys and values end to end, and a row of numbers for each (native/constants.json:
// operation). What was packed can be sent more than once.
import { conditionLayout, operationLayout, recordKinds } from '../errors/index.js';
import type { NativeBytes } from '../native/index.js';
import { badKey, isBytes, maxKeyBytes, type Key } from './keys.js';

const firstBytes = 64 * 1024;
const firstOperations = 256;
/** A packer that grew larger than this is not kept. */
const keptBytes = 4 * 1024 * 1024;
/** Strings up to this length are copied in JavaScript, which is faster than a call. */
const shortText = 48;
/** UTF-8 bytes that one UTF-16 unit can take. */
const bytesPerUnit = 3;

/** What write() and writeIf() take. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly numbers: Float64Array;
  readonly count: number;
}

export interface OperationNumbers {
  readonly kind: number;
  /** Unix milliseconds; 0: never. */
  readonly expiry: number;
  readonly condition: number;
  /** The sequence number that the condition wants. */
  readonly sequence: number;
}

export const plainPut: OperationNumbers = {
  kind: recordKinds.put,
  expiry: 0,
  condition: conditionLayout.none,
  sequence: 0,
};
export const plainDel: OperationNumbers = { ...plainPut, kind: recordKinds.del };

/** A growing buffer that keys and values are copied into. */
export class ByteWriter {
  bytes = Buffer.allocUnsafeSlow(firstBytes);
  at = 0;

  /** Answers the number of bytes. */
  add(data: NativeBytes): number {
    return typeof data === 'string' ? this.#addText(data) : this.#addBytes(data);
  }

  /** The same for a key, which it checks. */
  addKey(key: Key): number {
    if (typeof key !== 'string' && !isBytes(key)) throw badKey(key);
    const length = this.add(key);
    if (length === 0 || length > maxKeyBytes) throw badKey(key);
    return length;
  }

  #addBytes(data: Uint8Array): number {
    this.#reserve(data.length);
    this.bytes.set(data, this.at);
    this.at += data.length;
    return data.length;
  }

  #addText(text: string): number {
    this.#reserve(text.length * bytesPerUnit);
    const length = this.#addAscii(text) ? text.length : this.bytes.write(text, this.at, 'utf8');
    this.at += length;
    return length;
  }

  /** False, and nothing that counts is written, if the text is long or not ASCII. */
  #addAscii(text: string): boolean {
    if (text.length > shortText) return false;
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at + i] = unit;
    }
    return true;
  }

  #reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + length));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

export class Packer implements Packed {
  readonly #writer = new ByteWriter();
  numbers = new Float64Array(firstOperations * operationLayout.width);
  count = 0;
  /** Whether an operation has a condition. */
  conditional = false;

  get bytes(): Uint8Array {
    return this.#writer.bytes;
  }

  add(key: Key, value: NativeBytes, of: OperationNumbers): void {
    if ((this.count + 1) * operationLayout.width > this.numbers.length) this.#growNumbers();
    const keyLength = this.#writer.addKey(key);
    const valueLength = this.#writer.add(value);
    const { numbers } = this;
    const row = this.count++ * operationLayout.width;
    numbers[row + operationLayout.kind] = of.kind;
    numbers[row + operationLayout.keyLength] = keyLength;
    numbers[row + operationLayout.valueLength] = valueLength;
    numbers[row + operationLayout.expiry] = of.expiry;
    numbers[row + operationLayout.condition] = of.condition;
    numbers[row + operationLayout.sequence] = of.sequence;
    if (of.condition !== conditionLayout.none) this.conditional = true;
  }

  #growNumbers(): void {
    const larger = new Float64Array(this.numbers.length * 2);
    larger.set(this.numbers);
    this.numbers = larger;
  }

  /** A copy of its own, as long as the packed. */
  copy(): Packed {
    return {
      bytes: Buffer.from(this.bytes.subarray(0, this.#writer.at)),
      numbers: this.numbers.slice(0, this.count * operationLayout.width),
      count: this.count,
    };
  }

  /** Makes it empty; false if it grew too large to be kept. */
  reset(): boolean {
    this.#writer.at = this.count = 0;
    this.conditional = false;
    return this.bytes.length <= keptBytes;
  }
}

/** One operation, packed. */
export function packOne(key: Key, value: NativeBytes, of: OperationNumbers): Packed {
  return withPacker((packer) => {
    packer.add(key, value, of);
    return packer.copy();
  });
}

let spare: Packer | undefined;

/** Lends an empty packer to `use`; nested uses get packers of their own. */
export function withPacker<Result>(use: (packer: Packer) => Result): Result {
  const packer = spare ?? new Packer();
  spare = undefined;
  try {
    return use(packer);
  } finally {
    if (packer.reset()) spare = packer;
  }
}
