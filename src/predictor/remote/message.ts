// A message between a host and a predictor in another process: a head of 40 bytes, and arrays of numbers behind it.
//
//    0  "FSPM"
//    4  uint16   version of the protocol: 1
//    6  uint16   the hook: 1 observe, 2 propose, 3 learn, 4 predict, 5 save, 6 load
//    8  uint32   rows: the length of each array
//   12  uint32   columns of features among the arrays
//   16  float64  budget of a batch; of propose, how many keys are asked for
//   24  float64  horizon of a lesson of access
//   32  float64  first of a window of accesses
//   40           the arrays, each at a multiple of 8 bytes; what lies between them is 0, and the last one is filled up, too
//
// All numbers are little-endian, as in memory: an array is read where it lies. What is not said of a hook is 0. Which arrays there
// are, and in which order, is in hooks.ts.
import { foreshardError, type ForeshardError } from '../../errors/index.js';

/** What both sides of the protocol keep to. */
export const remoteProtocol = {
  version: 1,
  /** Content type of messages. */
  type: 'application/x-foreshard-batch',
  /** Longest message. */
  bytesMax: 2 ** 26,
  /** Longest state. */
  stateBytesMax: 2 ** 26 - 64,
  /** Rows of a batch, keys of a proposal and accesses of a window, at most. */
  rowsMax: 2 ** 20,
  /** Header of a request: milliseconds that its sender waits for the answer. */
  timeHeader: 'x-foreshard-time-ms',
} as const;

/** In the order of their numbers, from 1. */
export const remoteHooks = ['observe', 'propose', 'learn', 'predict', 'save', 'load'] as const;
export type RemoteHook = (typeof remoteHooks)[number];

export interface MessageHead {
  readonly hook: RemoteHook;
  readonly rows: number;
  readonly columns?: number;
  readonly budget?: number;
  readonly horizon?: number;
  readonly first?: number;
}

type Numbers = Float32Array | Float64Array | Uint32Array | Uint8Array;
type NumbersType<Type extends Numbers> = (new (buffer: ArrayBufferLike, at: number, length: number) => Type) & {
  readonly BYTES_PER_ELEMENT: number;
};

const magic = 0x4d505346;
const headBytes = 40;
const alignment = 8;

const filledUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

export const badMessage = (why: string): ForeshardError => foreshardError('bad_argument', why, { argument: 'message' });

/** Throws FORESHARD_TOO_LARGE. */
export function writeMessage(head: MessageHead, arrays: readonly Numbers[]): Uint8Array {
  const bytes = arrays.reduce((sum, { byteLength }) => sum + filledUp(byteLength), headBytes);
  const { bytesMax } = remoteProtocol;
  if (bytes > bytesMax)
    throw foreshardError('too_large', `${head.hook}: ${bytes} bytes for a message of at most ${bytesMax}`, { value: bytes });
  const message = new Uint8Array(bytes);
  writeHead(new DataView(message.buffer), head);
  let at = headBytes;
  for (const array of arrays) {
    message.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += filledUp(array.byteLength);
  }
  return message;
}

function writeHead(view: DataView, { hook, rows, columns = 0, budget = 0, horizon = 0, first = 0 }: MessageHead): void {
  view.setUint32(0, magic, true);
  view.setUint16(4, remoteProtocol.version, true);
  view.setUint16(6, remoteHooks.indexOf(hook) + 1, true);
  view.setUint32(8, rows, true);
  view.setUint32(12, columns, true);
  for (const [i, number] of [budget, horizon, first].entries()) view.setFloat64(16 + 8 * i, number, true);
}

/** Reads a message array by array. Its constructor and methods throw FORESHARD_BAD_ARGUMENT for what cannot be right. */
export class MessageReader {
  readonly head: Required<MessageHead>;
  readonly #bytes: Uint8Array;
  #at = headBytes;

  /** Bytes that do not lie at a multiple of 8 are copied. */
  constructor(bytes: Uint8Array, hook: RemoteHook) {
    this.#bytes = bytes.byteOffset % alignment === 0 ? bytes : new Uint8Array(bytes);
    this.head = this.#readHead(hook);
  }

  #readHead(hook: RemoteHook): Required<MessageHead> {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    if (byteLength < headBytes) throw badMessage(`${byteLength} bytes are no message`);
    const view = new DataView(buffer, byteOffset, headBytes);
    if (view.getUint32(0, true) !== magic) throw badMessage('it does not begin as a message does');
    const [version, number] = [view.getUint16(4, true), view.getUint16(6, true)];
    if (version !== remoteProtocol.version) throw badMessage(`it is of version ${version}, not ${remoteProtocol.version}`);
    if (remoteHooks[number - 1] !== hook) throw badMessage(`it is of hook ${remoteHooks[number - 1] ?? number}, not ${hook}`);
    const [budget, horizon, first] = [16, 24, 32].map((at) => view.getFloat64(at, true)) as [number, number, number];
    const sound = [budget, horizon, first].every((amount) => amount >= 0 && amount < Infinity);
    if (!sound) throw badMessage('budget, horizon and first must be numbers from 0');
    return { hook, rows: view.getUint32(8, true), columns: view.getUint32(12, true), budget, horizon, first };
  }

  /** The next array, as long as there are rows. */
  next<Type extends Numbers>(type: NumbersType<Type>): Type {
    const { rows } = this.head;
    const bytes = rows * type.BYTES_PER_ELEMENT;
    if (this.#at + bytes > this.#bytes.length) throw badMessage(`it ends within its arrays of ${rows} rows`);
    const array = new type(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, rows);
    this.#at += filledUp(bytes);
    return array;
  }

  /** There is no further array. */
  end(): void {
    if (this.#bytes.length !== this.#at) throw badMessage(`it has ${this.#bytes.length} bytes, where ${this.#at} were expected`);
  }
}
