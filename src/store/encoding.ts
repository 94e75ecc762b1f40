// Values: what the application has, and the bytes that the store keeps.
import { describe, foreshardError, type ForeshardError } from '../errors/index.js';
import type { NativeBytes } from '../native/index.js';
import { isBytes } from './keys.js';

/**
 * A value encoding of your own. `encode` may return text, which is kept as UTF-8.
 *
 * @example
 * import { pack, unpack } from 'msgpackr';
 * const store = await open('./data', { valueEncoding: { encode: pack, decode: unpack } });
 */
export interface Codec<V> {
  encode(value: V): Uint8Array | string;
  decode(bytes: Uint8Array): V;
}

/** 'buffer': bytes, read as Buffers. 'utf8': strings. 'json': whatever JSON.stringify takes. Or a codec of your own. */
export type ValueEncoding<V = unknown> = 'buffer' | 'utf8' | 'json' | Codec<V>;

/** Numbers in values, for increment(). */
interface Counter<V> {
  /** NaN if the value is no number. */
  read(value: V): number;
  write(count: number): V;
}

export interface Encoding<V> {
  /** Values are read as strings, which decodeText() takes; else as bytes. */
  readonly text: boolean;
  encode(value: V): NativeBytes;
  decodeText(text: string): V;
  decodeBytes(bytes: Buffer): V;
  readonly counter: Counter<V>;
}

function badValue(detail: string, value: unknown, cause?: unknown): ForeshardError {
  return foreshardError('bad_value', detail, { value }, cause);
}

const int64Bytes = 8;

const bufferEncoding: Encoding<Uint8Array> = {
  text: false,
  encode(value) {
    if (!isBytes(value))
      throw badValue(`with valueEncoding 'buffer' a value must be a Uint8Array, got ${describe(value)}`, value);
    return value;
  },
  decodeText: (text) => Buffer.from(text),
  decodeBytes: (bytes) => bytes,
  counter: {
    read(value) {
      if (value.length !== int64Bytes) return NaN;
      const count = Number(Buffer.from(value).readBigInt64LE());
      return Number.isSafeInteger(count) ? count : NaN;
    },
    write(count) {
      if (!Number.isSafeInteger(count))
        throw badValue(`a counter of bytes holds whole numbers up to 2^53, not ${count}`, count);
      const bytes = Buffer.alloc(int64Bytes);
      bytes.writeBigInt64LE(BigInt(count));
      return bytes;
    },
  },
};

const utf8Encoding: Encoding<string> = {
  text: true,
  encode(value) {
    if (typeof value !== 'string')
      throw badValue(`with valueEncoding 'utf8' a value must be a string, got ${describe(value)}`, value);
    return value;
  },
  decodeText: (text) => text,
  decodeBytes: (bytes) => bytes.toString('utf8'),
  counter: { read: (value) => (value.trim() === '' ? NaN : Number(value)), write: String },
};

function toJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw badValue(`the value cannot be written as JSON: ${(error as Error).message}`, value, error);
  }
  if (text === undefined) throw badValue(`JSON has nothing for ${describe(value)}`, value);
  return text;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badValue(
      `the stored value ${describe(text)} is not JSON: read it with the encoding it was written with`,
      text,
      error,
    );
  }
}

/** For encodings whose values may be anything: numbers count. */
const numberCounter: Counter<unknown> = {
  read: (value) => (typeof value === 'number' ? value : NaN),
  write: (count) => count,
};

const jsonEncoding: Encoding<unknown> = {
  text: true,
  encode: toJson,
  decodeText: fromJson,
  decodeBytes: (bytes) => fromJson(bytes.toString('utf8')),
  counter: numberCounter,
};

function codecEncoding(codec: Codec<unknown>): Encoding<unknown> {
  return {
    text: false,
    encode(value) {
      const encoded = codec.encode(value);
      if (typeof encoded === 'string' || isBytes(encoded)) return encoded;
      throw badValue(`encode() must return a Uint8Array or a string, got ${describe(encoded)}`, value);
    },
    decodeText: (text) => codec.decode(Buffer.from(text)),
    decodeBytes: (bytes) => codec.decode(bytes),
    counter: numberCounter,
  };
}

/** @internal */
export function encodingOf<V>(given: ValueEncoding<V>): Encoding<V> {
  const named = { buffer: bufferEncoding, utf8: utf8Encoding, json: jsonEncoding };
  const encoding = typeof given === 'string' ? named[given] : codecEncoding(given as Codec<unknown>);
  return encoding as unknown as Encoding<V>;
}
