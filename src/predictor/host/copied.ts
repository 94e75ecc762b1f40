// What hooks are given, on its way to a predictor: a copy of its own, whose arrays can go to another thread as they are.

type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export interface Copied {
  readonly copy: unknown;
  /** Of its arrays of numbers, to be transferred. */
  readonly buffers: ArrayBuffer[];
}

function copyOf(value: unknown, buffers: ArrayBuffer[]): unknown {
  if (ArrayBuffer.isView(value)) {
    // Of a Buffer, slice() would be no copy.
    const numbers = Uint8Array.prototype.slice.call(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    const Type = (value instanceof Uint8Array ? Uint8Array : value.constructor) as new (buffer: ArrayBuffer) => Numbers;
    buffers.push(numbers.buffer as ArrayBuffer);
    return new Type(numbers.buffer as ArrayBuffer);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item, buffers)]));
}

/** A copy of plain objects, at any depth, of arrays of numbers and plain values. */
export function copied(value: unknown): Copied {
  const buffers: ArrayBuffer[] = [];
  return { copy: copyOf(value, buffers), buffers };
}
