// The calls of hooks as messages, and their answers.
//
//   hook     arrays of the call                                                               arrays of the answer
//   observe  keys float64, times float64, sizes uint32, writes uint8                          none: no message at all
//   propose  none; there are 0 rows                                                           keys float64
//   learn    those of predict, then targets float32, weights float32                          none: no message at all
//   predict  the columns float32, in the order in which the server names them; of role        predictions float32
//            access keys float64 behind them
//   save     none; there are 0 rows                                                           the state uint8
//   load     the state uint8                                                                  none: no message at all
import { foreshardError } from '../../errors/index.js';
import type { AccessBatch, AccessLesson, AccessWindow, Batch, Lesson } from '../batch.js';
import type { Predictor } from '../define.js';
import { faultOfPrediction, faultOfProposal, faultOfState } from '../outputs.js';
import { badMessage, MessageReader, remoteProtocol, writeMessage, type RemoteHook } from './message.js';

/** What each hook is given; of propose(), the limit. */
export interface HookInputs {
  observe: AccessWindow;
  propose: number;
  learn: AccessLesson | Lesson;
  predict: AccessBatch | Batch;
  save: undefined;
  load: Uint8Array;
}

/** What each hook answers. */
export interface HookOutputs {
  observe: void;
  propose: Float64Array;
  learn: void;
  predict: Float32Array;
  save: Uint8Array;
  load: void;
}

/** What the arrays of a batch depend on: the role, and the columns that the predictor wants, in its order. */
export type RemoteShape = Pick<Predictor, 'role'> & { readonly columns: readonly string[] };

interface Call<Input> {
  write(input: Input, shape: RemoteShape): Uint8Array;
  read(reader: MessageReader, shape: RemoteShape): Input;
}

function columnOf({ columns, rows }: Batch, name: string): Float32Array {
  const column = columns[name];
  if (column !== undefined && column.length >= rows) return column.subarray(0, rows);
  throw foreshardError('bad_argument', `column ${name} has ${column?.length ?? 'no'} numbers for ${rows} rows`, { argument: name });
}

function writeRows(hook: RemoteHook, batch: HookInputs['predict'], { role, columns: names }: RemoteShape, more: Float32Array[]) {
  const { rows } = batch;
  const { keys, budget, horizon } = batch as Partial<AccessLesson>;
  const keyed = role === 'access' && keys !== undefined;
  const head = { hook, rows, columns: names.length, ...(keyed ? { budget, horizon } : {}) };
  const columns = names.map((name) => columnOf(batch, name));
  return writeMessage(head, [...columns, ...(keyed ? [keys.subarray(0, rows)] : []), ...more]);
}

function readRows(reader: MessageReader, { role, columns: names }: RemoteShape): HookInputs['predict'] {
  const { rows, columns: count, budget } = reader.head;
  if (count !== names.length) throw badMessage(`it has ${count} columns, where ${names.length} were expected`);
  const columns = Object.fromEntries(names.map((name) => [name, reader.next(Float32Array)]));
  return role === 'access' ? { rows, columns, keys: reader.next(Float64Array), budget } : { rows, columns };
}

function readLimit({ head: { budget: limit } }: MessageReader): number {
  if (Number.isInteger(limit) && limit <= remoteProtocol.rowsMax) return limit;
  throw badMessage(`${limit} keys are asked for, where a whole number up to ${remoteProtocol.rowsMax} can be`);
}

const calls: { readonly [Hook in RemoteHook]: Call<HookInputs[Hook]> } = {
  observe: {
    write: ({ first, keys, times, sizes, writes }) =>
      writeMessage({ hook: 'observe', rows: keys.length, first }, [keys, times, sizes, writes]),
    read(reader) {
      const [keys, times] = [reader.next(Float64Array), reader.next(Float64Array)];
      return { first: reader.head.first, keys, times, sizes: reader.next(Uint32Array), writes: reader.next(Uint8Array) };
    },
  },
  propose: { write: (limit) => writeMessage({ hook: 'propose', rows: 0, budget: limit }, []), read: readLimit },
  learn: {
    write: (lesson, shape) => writeRows('learn', lesson, shape, [lesson.targets, lesson.weights]),
    read(reader, shape) {
      const batch = readRows(reader, shape);
      const outcome = { targets: reader.next(Float32Array), weights: reader.next(Float32Array) };
      return { ...batch, ...(shape.role === 'access' ? { horizon: reader.head.horizon } : {}), ...outcome };
    },
  },
  predict: { write: (batch, shape) => writeRows('predict', batch, shape, []), read: readRows },
  save: { write: () => writeMessage({ hook: 'save', rows: 0 }, []), read: () => undefined },
  load: {
    write: (state) => writeMessage({ hook: 'load', rows: state.length }, [state]),
    read: (reader) => reader.next(Uint8Array),
  },
};

/** A state has a byte a row, and is bounded by the length of the message. */
function readerOf(bytes: Uint8Array, hook: RemoteHook): MessageReader {
  const reader = new MessageReader(bytes, hook);
  const { rows } = reader.head;
  if (hook === 'save' || hook === 'load' || rows <= remoteProtocol.rowsMax) return reader;
  throw badMessage(`it has ${rows} rows; at most ${remoteProtocol.rowsMax} can be`);
}

/** The call of a hook as the message that is sent to a server. Throws FORESHARD_TOO_LARGE, or FORESHARD_BAD_ARGUMENT. */
export const encodeCall = <Hook extends RemoteHook>(hook: Hook, input: HookInputs[Hook], shape: RemoteShape): Uint8Array =>
  calls[hook].write(input, shape);

/** What encodeCall() was given: views into `bytes`. Throws FORESHARD_BAD_ARGUMENT. */
export function decodeCall<Hook extends RemoteHook>(hook: Hook, bytes: Uint8Array, shape: RemoteShape): HookInputs[Hook] {
  const reader = readerOf(bytes, hook);
  const input = calls[hook].read(reader, shape);
  reader.end();
  return input;
}

/** Why a hook may not have answered so to the input; undefined if it may. */
export function faultOfOutput<Hook extends RemoteHook>(
  hook: Hook,
  output: unknown,
  input: HookInputs[Hook],
  { role }: RemoteShape,
): string | undefined {
  if (hook === 'predict') return faultOfPrediction(output, (input as HookInputs['predict']).rows, role);
  if (hook === 'propose') return faultOfProposal(output, input as number);
  return hook === 'save' ? (faultOfState(output) ?? faultOfLength(output as Uint8Array)) : undefined;
}

function faultOfLength({ length }: Uint8Array): string | undefined {
  const { stateBytesMax } = remoteProtocol;
  return length > stateBytesMax ? `save() gave ${length} bytes; at most ${stateBytesMax} can be sent` : undefined;
}

/** The answer of a hook as a server sends it: a message, or undefined where there is none. Throws FORESHARD_TOO_LARGE. */
export function encodeAnswer<Hook extends RemoteHook>(hook: Hook, output: HookOutputs[Hook]): Uint8Array | undefined {
  return output === undefined ? undefined : writeMessage({ hook, rows: output.length }, [output]);
}

/** What encodeAnswer() was given: a view into `bytes`. Throws FORESHARD_BAD_ARGUMENT, also for an answer that may not be. */
export function decodeAnswer<Hook extends RemoteHook>(
  hook: Hook,
  bytes: Uint8Array,
  input: HookInputs[Hook],
  shape: RemoteShape,
): HookOutputs[Hook] {
  const output = bytes.length === 0 ? undefined : readAnswer(hook, bytes);
  const fault = faultOfOutput(hook, output, input, shape);
  if (fault !== undefined) throw badMessage(fault);
  return output as HookOutputs[Hook];
}

function readAnswer(hook: RemoteHook, bytes: Uint8Array): Float32Array | Float64Array | Uint8Array | undefined {
  const reader = readerOf(bytes, hook);
  const types = { predict: Float32Array, propose: Float64Array, save: Uint8Array } as const;
  const type = hook === 'predict' || hook === 'propose' || hook === 'save' ? types[hook] : undefined;
  const output = type === undefined ? undefined : reader.next<Float32Array | Float64Array | Uint8Array>(type);
  reader.end();
  return output;
}
