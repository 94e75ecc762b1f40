// A recorded sequence of accesses in memory: a trace as `store.heat.record()` writes it, "ts_ms,key,op,size", packed or not.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { foreshardError } from '../../errors/index.js';

/** Accesses by their number, in arrays of equal length; a key has a number, too: its place among the distinct keys. */
export interface Trace {
  readonly length: number;
  readonly ids: Int32Array;
  readonly times: Float64Array;
  readonly writes: Uint8Array;
  readonly sizes: Uint32Array;
  /** What stands for each distinct key in the store: the upper 52 bits of a hash. */
  readonly keys: Float64Array;
}

const header = 'ts_ms,key,op,size';
export const traceAccessesMax = 50_000_000;
const sizeMax = 2 ** 32 - 1;

/** 52 bits as a whole number. */
function hashOf(key: string): number {
  const digest = createHash('sha1').update(key).digest();
  return digest.readUInt32LE(0) * 2 ** 20 + (digest.readUInt32LE(4) >>> 12);
}

/** The key may have commas, and stands in quotes then. */
function fieldsOf(line: string): { ms: string; key: string; op: string; size: string } {
  const first = line.indexOf(',');
  const last = line.lastIndexOf(',');
  const middle = line.lastIndexOf(',', last - 1);
  const key = line.slice(first + 1, middle);
  const bare = key.startsWith('"') && key.endsWith('"') && key.length > 1 ? key.slice(1, -1).replaceAll('""', '"') : key;
  return { ms: line.slice(0, Math.max(0, first)), key: bare, op: line.slice(middle + 1, last), size: line.slice(last + 1) };
}

/** Doubles as it fills. */
class Growing<Numbers extends Int32Array | Float64Array | Uint8Array | Uint32Array> {
  values: Numbers;
  length = 0;
  readonly #make: (length: number) => Numbers;

  constructor(make: (length: number) => Numbers) {
    this.#make = make;
    this.values = make(1024);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = this.#make(2 * this.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  end(): Numbers {
    return this.values.subarray(0, this.length) as Numbers;
  }
}

/** Of one file, or of several one after another, as if they were one. */
class TraceReader {
  readonly #ids = new Growing((length) => new Int32Array(length));
  readonly #times = new Growing((length) => new Float64Array(length));
  readonly #writes = new Growing((length) => new Uint8Array(length));
  readonly #sizes = new Growing((length) => new Uint32Array(length));
  readonly #keys = new Growing((length) => new Float64Array(length));
  readonly #idOf = new Map<string, number>();

  /** Throws FORESHARD_BAD_ARGUMENT, which names the line, for one that is none of a trace. */
  add(line: string, file: string, number: number): void {
    const { ms, key, op, size } = fieldsOf(line);
    const numbers = [ms, size].every((text) => text !== '' && Number(text) >= 0);
    if (key === '' || (op !== 'r' && op !== 'w') || !numbers)
      throw foreshardError('bad_argument', `${file}, line ${number}: "${line.slice(0, 80)}" is none of "${header}"`, { file });
    if (this.#ids.length >= traceAccessesMax)
      throw foreshardError('too_large', `${file}: more than ${traceAccessesMax} accesses; record a sample of the keys`, { file });
    this.#ids.push(this.#idFor(key));
    this.#times.push(Number(ms));
    this.#writes.push(op === 'w' ? 1 : 0);
    this.#sizes.push(Math.min(Number(size), sizeMax));
  }

  end(): Trace {
    return {
      length: this.#ids.length,
      ids: this.#ids.end(),
      times: this.#times.end(),
      writes: this.#writes.end(),
      sizes: this.#sizes.end(),
      keys: this.#keys.end(),
    };
  }

  #idFor(key: string): number {
    let id = this.#idOf.get(key);
    if (id === undefined) {
      id = this.#idOf.size;
      this.#idOf.set(key, id);
      this.#keys.push(hashOf(key));
    }
    return id;
  }
}

/** Reads a trace. Rejects with FORESHARD_NOT_FOUND, FORESHARD_IO or FORESHARD_BAD_ARGUMENT, which name the file. */
export async function readTrace(file: string): Promise<Trace> {
  const reader = new TraceReader();
  let number = 0;
  try {
    const raw = createReadStream(file);
    const text = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
    raw.once('error', (error) => text.destroy(error));
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
      number++;
      if (number === 1 && line === header) continue;
      if (line !== '') reader.add(line, file, number);
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code.startsWith('FORESHARD_')) throw error;
    throw foreshardError(code === 'ENOENT' ? 'not_found' : 'io', `${file}: ${message}`, { file }, error);
  }
  return reader.end();
}
