// Batches on their way to another thread: their arrays are copied once into memory that all threads see, whoever is asked.

type Numbers = Float32Array | Float64Array | Uint32Array | Uint8Array;

const isNumbers = (value: unknown): value is Numbers => ArrayBuffer.isView(value) && !(value instanceof DataView);

function sharedCopy<Kind extends Numbers>(numbers: Kind): Kind {
  const Type = numbers.constructor as new (buffer: SharedArrayBuffer) => Kind;
  const copy = new Type(new SharedArrayBuffer(numbers.byteLength));
  copy.set(numbers);
  return copy;
}

/** The same value with each array of numbers, at any depth of plain objects, in shared memory. */
function withShared(value: unknown): unknown {
  if (isNumbers(value)) return sharedCopy(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withShared(item)]));
}

const copies = new WeakMap<object, unknown>();

/** The same for every caller that has the same object. */
export function shared<Value extends object>(value: Value): Value {
  let copy = copies.get(value) as Value | undefined;
  if (copy === undefined) copies.set(value, (copy = withShared(value) as Value));
  return copy;
}
