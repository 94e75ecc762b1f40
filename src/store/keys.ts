// Keys: strings, taken as UTF-8, or bytes.
import { types } from 'node:util';
import { describe, foreshardError, optionTable, type ForeshardError } from '../errors/index.js';

/** 1 to 4,096 bytes; a string counts as its UTF-8 bytes, and is the same key as those bytes. */
export type Key = string | Uint8Array;

/** How iterators and changes give keys: as strings, or as Buffers. */
export type KeyEncoding = 'utf8' | 'buffer';

export const maxKeyBytes = optionTable.maxKeyBytes.default;

/** Uint8Array and its subclasses, also of another realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || types.isUint8Array(value);
}

/** Why a key was refused. */
export function badKey(key: unknown): ForeshardError {
  if (typeof key !== 'string' && !isBytes(key)) {
    return foreshardError('bad_key', `a key must be a string or a Uint8Array, got ${describe(key)}`, { key });
  }
  const length = typeof key === 'string' ? Buffer.byteLength(key) : key.length;
  if (length === 0) return foreshardError('bad_key', 'the key is empty', { key });
  return foreshardError('bad_key', `the key has ${length} bytes, at most ${maxKeyBytes} are allowed`, { key });
}

/** The same text for the same key, whichever way it is given. */
export function keyIdentity(key: Key): string {
  if (typeof key === 'string') return key;
  if (!isBytes(key)) throw badKey(key);
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const text = bytes.toString('utf8');
  // Bytes that are no UTF-8 cannot be a string's; a lone surrogate in front keeps them apart from all that are.
  return Buffer.from(text, 'utf8').equals(bytes) ? text : `\ud800${bytes.toString('latin1')}`;
}

/** Makes keys of the bytes that the engine gives. */
export const keyDecoders = {
  utf8: (bytes: Buffer): string => bytes.toString('utf8'),
  buffer: (bytes: Buffer): Buffer => bytes,
} as const;
