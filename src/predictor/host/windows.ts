// Windows of accesses as the store hands them out, in bytes, and as predictors are given them.
import { windowLayout, windowRowLayout } from '../../errors/index.js';
import type { AccessWindow } from '../batch.js';

/** The upper 52 bits of a hash: whole numbers that a double holds. */
const keyOf = (high: number, low: number): number => high * 2 ** 20 + (low >>> 12);
const writeBit = 2 ** 31;

/** A window with the clock of the store, and how many windows the store has left out so far. */
export interface RawWindow extends AccessWindow {
  readonly skipped: number;
}

/** Of the bytes of takeWindows(); times are milliseconds of the clock of heat. */
export function readWindows(bytes: ArrayBuffer): RawWindow[] {
  const windows: RawWindow[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const header = new Float64Array(bytes, at, windowLayout.width);
    const rows = header[windowLayout.rows]!;
    at += header.byteLength;
    windows.push(windowOf(header, new Uint32Array(bytes, at, rows * windowRowLayout.width)));
    at += rows * windowRowLayout.width * 4;
  }
  return windows;
}

function windowOf(header: Float64Array, numbers: Uint32Array): RawWindow {
  const rows = numbers.length / windowRowLayout.width;
  const start = header[windowLayout.start]!;
  const [keys, times] = [new Float64Array(rows), new Float64Array(rows)];
  const [writes, sizes] = [new Uint8Array(rows), new Uint32Array(rows)];
  for (let row = 0, at = 0; row < rows; row++, at += windowRowLayout.width) {
    const access = numbers[at + windowRowLayout.access]!;
    keys[row] = keyOf(numbers[at + windowRowLayout.hashHigh]!, numbers[at + windowRowLayout.hashLow]!);
    times[row] = start + numbers[at + windowRowLayout.at]!;
    writes[row] = access >= writeBit ? 1 : 0;
    sizes[row] = access % writeBit;
  }
  return { first: header[windowLayout.first]!, keys, times, writes, sizes, skipped: header[windowLayout.skipped]! };
}

/** Hashes as the store takes them, of the bits that keys have. */
export function hashesOf(keys: Float64Array): Uint8Array<ArrayBuffer> {
  const hashes = new BigUint64Array(keys.length);
  for (const [i, key] of keys.entries()) hashes[i] = BigInt(key) << 12n;
  return new Uint8Array(hashes.buffer);
}
