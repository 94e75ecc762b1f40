// The workload, as the processes of the demonstration share it: a folder with keys, record bodies and accesses, and
// what can be computed of it. A value is its key's number and its revision (four bytes each), then the body of a
// record that both choose: so a value proves whose it is and which write it comes from.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TraceAccesses, WithWrites, ZipfAccesses, type Accesses } from './accesses.js';

/** The figures of a workload. */
export interface Shape {
  readonly seed: number;
  /** Keys before they are multiplied. */
  readonly baseKeys: number;
  readonly copies: number;
  /** Bytes of all first values. */
  readonly bytes: number;
  /** Exponent of Zipf's law. */
  readonly theta: number;
  /** Share of writes among the accesses; undefined: as the trace has it. */
  readonly writeShare: number | undefined;
  /** Requests under way at a time. */
  readonly lanes: number;
  /** Options of the store. */
  readonly memoryLimit: number;
  readonly fastBudget: number;
  readonly isTrace: boolean;
}

export interface Parts {
  readonly names: readonly string[];
  readonly bodies: readonly Buffer[];
  /** Per base key the bytes of its value, for a trace. */
  readonly sizes?: Uint32Array;
  readonly accesses?: Uint32Array;
}

const files = {
  shape: 'shape.json',
  names: 'names.txt',
  bodies: 'bodies',
  ends: 'ends',
  sizes: 'sizes',
  accesses: 'accesses',
};
const headBytes = 8;
const revisionStep = 7919; // a prime: the next revision of a key has another record's body

function bytesOf(numbers: Uint32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function numbersIn(file: string): Uint32Array {
  const bytes = readFileSync(file);
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Writes a workload's folder. */
export function saveWorkload(directory: string, shape: Shape, parts: Parts): void {
  mkdirSync(directory, { recursive: true });
  const save = (name: string, content: Buffer | string) => writeFileSync(join(directory, name), content);
  let end = 0;
  save(files.shape, JSON.stringify(shape));
  save(files.names, parts.names.join('\n'));
  save(files.bodies, Buffer.concat(parts.bodies));
  save(files.ends, bytesOf(Uint32Array.from(parts.bodies, (body) => (end += body.length))));
  save(files.sizes, bytesOf(parts.sizes ?? new Uint32Array()));
  save(files.accesses, bytesOf(parts.accesses ?? new Uint32Array()));
}

/** What a value says of itself. */
export function headOf(value: Buffer): { id: number; revision: number } {
  if (value.length < headBytes) return { id: -1, revision: 0 };
  return { id: value.readUInt32LE(0), revision: value.readUInt32LE(4) };
}

export class Workload {
  readonly shape: Shape;
  readonly keys: number;
  readonly #directory: string;
  readonly #names: string[];
  #bodies: { bytes: Buffer; ends: Uint32Array; sizes: Uint32Array } | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.shape = JSON.parse(readFileSync(join(directory, files.shape), 'utf8')) as Shape;
    this.#names = readFileSync(join(directory, files.names), 'utf8').split('\n');
    this.keys = this.shape.baseKeys * this.shape.copies;
  }

  key(id: number): string {
    const base = this.shape.baseKeys;
    return `${this.#names[id % base]!}#${Math.floor(id / base)}`;
  }

  value(id: number, revision: number): Buffer {
    const { bytes, from, length } = this.#body(id, revision);
    const value = Buffer.allocUnsafe(headBytes + length);
    value.writeUInt32LE(id, 0);
    value.writeUInt32LE(revision, 4);
    for (let at = 0, start = from; at < length; start = 0)
      at += bytes.copy(value, headBytes + at, start, start + length - at);
    return value;
  }

  /** Where the body begins in all bodies, and its length; it goes on from the start where they end. */
  #body(id: number, revision: number): { bytes: Buffer; from: number; length: number } {
    const { bytes, ends, sizes } = (this.#bodies ??= this.#loadBodies());
    const record = (id + (revision - 1) * revisionStep) % ends.length;
    const from = record === 0 ? 0 : ends[record - 1]!;
    return { bytes, from, length: sizes[id % this.shape.baseKeys] || ends[record]! - from };
  }

  #loadBodies() {
    const file = (name: string) => join(this.#directory, name);
    return {
      bytes: readFileSync(file(files.bodies)),
      ends: numbersIn(file(files.ends)),
      sizes: numbersIn(file(files.sizes)),
    };
  }

  /** The accesses from a position on; `seed` is for those that are drawn. */
  accesses(position: number, seed: number): Accesses {
    const { theta, writeShare, isTrace, baseKeys, copies } = this.shape;
    if (!isTrace) return new ZipfAccesses(this.keys, { theta, writeShare: writeShare ?? 0, seed });
    const trace = new TraceAccesses(numbersIn(join(this.#directory, files.accesses)), baseKeys, copies, position);
    return writeShare === undefined ? trace : new WithWrites(trace, writeShare, seed);
  }
}
