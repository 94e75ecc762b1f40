// A model as bytes: a head of 24 bytes, which has a check sum of the body, and the body. All numbers are little-endian.
//
// Head: "FSBT", version (u32), bytes of the body (u32), 0 (u32), the first 8 bytes of the body's SHA-256.
// Body: loss (u32), start (f32), columns (u32), trees (u32); of each column its gain (f64), then of each column the number of cuts
// (u32) and the cuts (f32); of each tree the number of nodes (u32), the words of the nodes (i32) and their values (f32).
import { createHash } from 'node:crypto';
import { maxBins } from './bins.js';
import { lossNames } from './losses.js';
import type { ModelParts } from './model.js';
import { maxColumns, maxLeaves, maxTrees } from './options.js';
import { binOf, childOf, columnOf, leafWord, type Tree } from './tree.js';

const magic = 0x54425346;
const version = 1;
const headBytes = 24;
const sumBytes = 8;

const sumOf = (body: Uint8Array): Uint8Array => createHash('sha256').update(body).digest().subarray(0, sumBytes);

/** Writes numbers one after the other. */
class Writer {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  whole(...numbers: readonly number[]): void {
    for (const number of numbers) this.#view.setUint32((this.#at += 4) - 4, number, true);
  }

  floats(numbers: Iterable<number>): void {
    for (const number of numbers) this.#view.setFloat32((this.#at += 4) - 4, number, true);
  }

  doubles(numbers: Iterable<number>): void {
    for (const number of numbers) this.#view.setFloat64((this.#at += 8) - 8, number, true);
  }
}

/** The bytes of a model. */
export function encode({ loss, start, cuts, trees, gains }: ModelParts): Uint8Array {
  const ofCuts = cuts.reduce((sum, some) => sum + 4 + 4 * some.length, 0);
  const bodyBytes = trees.reduce((sum, { words }) => sum + 4 + 8 * words.length, 16 + 8 * cuts.length + ofCuts);
  const writer = new Writer(headBytes + bodyBytes);
  writer.whole(magic, version, bodyBytes, 0, 0, 0, lossNames.indexOf(loss));
  writer.floats([start]);
  writer.whole(cuts.length, trees.length);
  writer.doubles(gains);
  for (const some of cuts) {
    writer.whole(some.length);
    writer.floats(some);
  }
  for (const { words, values } of trees) {
    writer.whole(words.length, ...words);
    writer.floats(values);
  }
  writer.bytes.set(sumOf(writer.bytes.subarray(headBytes)), headBytes - sumBytes);
  return writer.bytes;
}

const damaged = (why: string): Error => new Error(`not a model of trees: ${why}`);

/** Reads numbers one after the other; asks for no more memory than there are bytes. */
class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  whole(what: string, least: number, greatest: number): number {
    const [number] = this.#take(1, 4, what, (at) => this.#view.getUint32(at, true));
    if (number! < least || number! > greatest) throw damaged(`${what} is ${number}, not from ${least} to ${greatest}`);
    return number!;
  }

  words(what: string, count: number): Int32Array {
    return Int32Array.from(this.#take(count, 4, what, (at) => this.#view.getInt32(at, true)));
  }

  floats(what: string, count: number): Float32Array {
    return Float32Array.from(finite(what, this.#take(count, 4, what, (at) => this.#view.getFloat32(at, true))));
  }

  doubles(what: string, count: number): Float64Array {
    return Float64Array.from(finite(what, this.#take(count, 8, what, (at) => this.#view.getFloat64(at, true))));
  }

  #take(count: number, size: number, what: string, get: (at: number) => number): number[] {
    if (count * size > this.left) throw damaged(`it ends inside of ${what}`);
    return Array.from({ length: count }, () => get((this.#at += size) - size));
  }
}

function finite(what: string, numbers: number[]): number[] {
  if (!numbers.every(Number.isFinite)) throw damaged(`${what} holds a number that is not finite`);
  return numbers;
}

/** The body, if the head says that it is whole. */
function bodyOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length < headBytes) throw damaged(`${bytes.length} bytes are too few`);
  const head = new Reader(bytes);
  head.whole('its magic number', magic, magic);
  head.whole('its version', version, version);
  head.whole('its length', bytes.length - headBytes, bytes.length - headBytes);
  head.whole('its empty field', 0, 0);
  const body = bytes.subarray(headBytes);
  const sum = sumOf(body);
  if (!sum.every((byte, i) => byte === bytes[headBytes - sumBytes + i])) throw damaged('its check sum is wrong');
  return body;
}

function readCuts(reader: Reader): Float32Array {
  const cuts = reader.floats('cuts', reader.whole('a number of cuts', 0, maxBins - 1));
  if (cuts.some((cut, i) => i > 0 && cut <= cuts[i - 1]!)) throw damaged('cuts do not increase');
  return cuts;
}

/** A tree, if every node but the root has one parent, which stands before it, and splits by a bin that its column has. */
function readTree(reader: Reader, cuts: readonly Float32Array[]): Tree {
  const count = reader.whole('a number of nodes', 1, 2 * maxLeaves - 1);
  const words = reader.words('nodes', count);
  const values = reader.floats('values of leaves', count);
  const depths = new Int32Array(count).fill(-1);
  depths[0] = 0;
  for (const [node, word] of words.entries()) {
    if (depths[node]! < 0) throw damaged('a node has no parent');
    if (word === leafWord(node)) continue;
    const [child, column] = [childOf(word), columnOf(word)];
    if (child <= node || child + 1 >= count) throw damaged('a node has no children');
    if (depths[child]! >= 0 || depths[child + 1]! >= 0) throw damaged('a node has two parents');
    if (column >= cuts.length || binOf(word) > cuts[column]!.length) throw damaged('a node splits by no bin of a column');
    depths[child] = depths[child + 1] = depths[node]! + 1;
  }
  return { words, values, depth: depths.reduce((most, depth) => Math.max(most, depth), 0) };
}

/** The model of bytes; throws an Error that says what is wrong with them. */
export function decode(bytes: Uint8Array): ModelParts {
  const reader = new Reader(bodyOf(bytes));
  const loss = lossNames[reader.whole('its loss', 0, lossNames.length - 1)]!;
  const start = reader.floats('its start', 1)[0]!;
  const columns = reader.whole('a number of columns', 1, maxColumns);
  const count = reader.whole('a number of trees', 0, maxTrees);
  const gains = reader.doubles('gains', columns);
  const cuts = Array.from({ length: columns }, () => readCuts(reader));
  const trees = Array.from({ length: count }, () => readTree(reader, cuts));
  if (reader.left > 0) throw damaged(`${reader.left} bytes too many`);
  return { loss, start, cuts, trees, gains };
}
