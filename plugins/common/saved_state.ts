// Saved state of predictors as bytes: one walk over the fields writes them, the same walk reads and checks them.
import { createHash } from 'node:crypto';

/** What walks over the fields of a state: it writes each field, or gives back the one that was saved. */
export interface StateWalk {
  /** A number from `min` to `max`. Default: any finite one. */
  number(value: number, min?: number, max?: number): number;
  /** Finite numbers from `min` on, in place; the length is not part of the state. Default: any finite ones. */
  numbers(values: Float32Array | Float64Array, min?: number): void;
  /** Bytes of any length up to `max`. */
  bytes(value: Uint8Array, max: number): Uint8Array;
}

const checksumBytes = 8;
const headBytes = 4 + checksumBytes;

const checksumOf = (body: Uint8Array): Buffer => createHash('sha256').update(body).digest().subarray(0, checksumBytes);

class StateWriter implements StateWalk {
  #bytes = Buffer.alloc(64 * 1024);
  #end = headBytes;

  #room(bytes: number): number {
    const at = this.#end;
    this.#end += bytes;
    if (this.#end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], Math.max(2 * this.#bytes.length, this.#end));
    return at;
  }
  number(value: number): number {
    const at = this.#room(8);
    this.#bytes.writeDoubleLE(value, at);
    return value;
  }
  numbers(values: Float32Array | Float64Array): void {
    const at = this.#room(values.byteLength);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
  }
  bytes(value: Uint8Array): Uint8Array {
    this.number(value.length);
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return value;
  }
  finish(magic: number): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#end);
    bytes.writeUInt32LE(magic, 0);
    bytes.set(checksumOf(bytes.subarray(headBytes)), 4);
    // Not a Buffer: a slice of one is no copy, which whoever keeps or changes it may take it for.
    return Uint8Array.from(bytes);
  }
}

class StateReader implements StateWalk {
  #at = headBytes;

  constructor(readonly state: Buffer) {}

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.state.length) throw new Error('the saved state ends too early');
    this.#at += bytes;
    return at;
  }
  number(_value: number, min = -Number.MAX_VALUE, max = Number.MAX_VALUE): number {
    const value = this.state.readDoubleLE(this.#take(8));
    if (!(value >= min && value <= max)) throw new Error(`the saved state has ${value} where ${min} to ${max} can be`);
    return value;
  }
  numbers(values: Float32Array | Float64Array, min = -Number.MAX_VALUE): void {
    const at = this.#take(values.byteLength);
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(this.state.subarray(at, at + values.byteLength));
    const wrong = values.find((value) => !(value >= min && value < Infinity));
    if (wrong !== undefined) throw new Error(`the saved state has ${wrong} where finite numbers from ${min} on can be`);
  }
  bytes(_value: Uint8Array, max: number): Uint8Array {
    const length = this.number(0, 0, max);
    if (!Number.isInteger(length)) throw new Error('the saved state has a length that is no whole number');
    const at = this.#take(length);
    return Uint8Array.from(this.state.subarray(at, at + length));
  }
  end(): void {
    if (this.#at !== this.state.length) throw new Error('the saved state goes on behind its end');
  }
}

/** The state as bytes. `magic`: which plugin they are of, a whole number below 2^32. */
export function saveState(magic: number, walk: (state: StateWalk) => void): Uint8Array {
  const writer = new StateWriter();
  walk(writer);
  return writer.finish(magic);
}

/** Reads what saveState() gave. Throws for bytes of another plugin, cut, changed or out of range. */
export function loadState(magic: number, state: Uint8Array, walk: (state: StateWalk) => void): void {
  const bytes = Buffer.from(state.buffer, state.byteOffset, state.byteLength);
  if (bytes.length < headBytes || bytes.readUInt32LE(0) !== magic) throw new Error('this is no saved state of this predictor');
  if (!checksumOf(bytes.subarray(headBytes)).equals(bytes.subarray(4, headBytes))) throw new Error('the saved state is damaged');
  const reader = new StateReader(bytes);
  walk(reader);
  reader.end();
}
