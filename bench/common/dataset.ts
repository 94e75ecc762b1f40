// The data of the benchmarks: keys, values that can be checked, and a Zipf distribution over the keys.

/** Keys of one length: "user:" and eight digits. */
export const keyOf = (index: number): string => `user:${10_000_000 + index}`;
export const keyBytes = keyOf(0).length;

/** xorshift32: the same numbers on each run. */
export function* noise(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

/** What no compression makes smaller; each value shows another part of it. */
const body = (() => {
  const words = new Uint32Array(256 * 1024);
  const numbers = noise(0x9e3779b9);
  for (let i = 0; i < words.length; i++) words[i] = numbers.next().value as number;
  return Buffer.from(words.buffer);
})();

const placeOf = (index: number, version: number): number =>
  (Math.imul(index, 0x9e3779b1) ^ Math.imul(version, 0x85ebca6b)) >>> 0;

const headBytes = 8;

/** Values of one length, from 8 bytes to 512 KiB: the key's index, a version, and what follows from both. */
export class Values {
  readonly bytes: number;
  readonly #bodyBytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.#bodyBytes = bytes - headBytes;
  }

  /** The value of a key in one of its versions. */
  of(index: number, version: number): Buffer {
    const value = Buffer.allocUnsafe(this.bytes);
    value.writeUInt32LE(index, 0);
    value.writeUInt32LE(version, 4);
    const at = this.#bodyAt(index, version);
    body.copy(value, headBytes, at, at + this.#bodyBytes);
    return value;
  }

  /** Whether this is a value of the key, every byte of it; answers its version, or -1. */
  versionOf(index: number, value: Buffer | undefined): number {
    if (value?.length !== this.bytes || value.readUInt32LE(0) !== index) return -1;
    const version = value.readUInt32LE(4);
    const at = this.#bodyAt(index, version);
    return body.compare(value, headBytes, this.bytes, at, at + this.#bodyBytes) === 0 ? version : -1;
  }

  /** The quick check: the value names its key. */
  belongsTo(index: number, value: Buffer | undefined): boolean {
    return value?.length === this.bytes && value.readUInt32LE(0) === index;
  }

  #bodyAt(index: number, version: number): number {
    return placeOf(index, version) % (body.length - this.#bodyBytes);
  }
}

/** The skew of all that is drawn by Zipf's law here, as in YCSB. */
export const zipfTheta = 0.99;

const spread = 15_485_863; // a prime, so that ranks and keys are one to one for every other number of keys

/** The key of a rank: one to one, and neighbours far apart. */
export const spreadOut = (rank: number, keys: number): number => (rank * spread) % keys;

/**
 * Draws keys by Zipf's law (Gray et al., "Quickly generating billion-record synthetic databases"): the key of rank r is
 * asked for in proportion to 1 / r^theta. Ranks are spread over the keys, so that keys loaded together differ in heat.
 */
export function zipfKeys(count: number, keys: number, theta: number, seed: number): Int32Array {
  let zeta = 0;
  for (let rank = 1; rank <= keys; rank++) zeta += rank ** -theta;
  const alpha = 1 / (1 - theta);
  const zetaOfTwo = 1 + 0.5 ** theta;
  const eta = (1 - (2 / keys) ** (1 - theta)) / (1 - zetaOfTwo / zeta);
  const numbers = noise(seed * 2 + 1);
  const drawn = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const u = (numbers.next().value as number) / 2 ** 32;
    const scaled = u * zeta;
    const rank = scaled < 1 ? 0 : scaled < zetaOfTwo ? 1 : Math.floor(keys * (eta * u - eta + 1) ** alpha);
    drawn[i] = spreadOut(Math.min(rank, keys - 1), keys);
  }
  return drawn;
}
