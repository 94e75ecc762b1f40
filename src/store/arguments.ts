// Checks of arguments, beside keys and values.
import { conditionLayout, describe, foreshardError, recordKinds, type ForeshardError } from '../errors/index.js';
import { plainDel, plainPut, type OperationNumbers } from './packer.js';

/** When a write is to be made: only if the key is absent, or if its record has this sequence number. */
export type Condition = { readonly absent: true } | { readonly seq: number };

export interface WriteOptions {
  /** Write only if this holds; else the write is rejected with FORESHARD_CONDITION_FAILED. */
  if?: Condition;
}

export interface PutOptions extends WriteOptions {
  /** Milliseconds after which the key is absent again. Default: never. */
  ttl?: number;
}

export interface IterateOptions {
  /** At most so many. Default: all. */
  limit?: number;
}

export function badArgument(argument: string, value: unknown, rule: string): ForeshardError {
  return foreshardError('bad_argument', `${argument}: got ${describe(value)}, must be ${rule}`, { argument, value });
}

/** An object with none but these fields; undefined: no fields. */
function checkFields(argument: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null)
    throw badArgument(argument, value, `an object with ${known.join(', ')}`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw badArgument(
      `${argument}.${unknown}`,
      (value as Record<string, unknown>)[unknown],
      `left out; there are ${known.join(', ')}`,
    );
  }
}

function expiryOf(argument: string, ttl: unknown): number {
  if (ttl === undefined) return 0;
  if (typeof ttl !== 'number' || !(ttl > 0) || !Number.isSafeInteger(Math.ceil(ttl))) {
    throw badArgument(argument, ttl, 'a number of milliseconds above 0');
  }
  return Date.now() + Math.ceil(ttl);
}

function conditionOf(argument: string, given: Condition | undefined): Pick<OperationNumbers, 'condition' | 'sequence'> {
  if (given === undefined) return plainPut;
  checkFields(argument, given, ['absent', 'seq']);
  const { absent, seq } = given as { absent?: unknown; seq?: unknown };
  if (absent === true && seq === undefined) return { condition: conditionLayout.absent, sequence: 0 };
  if (absent === undefined && Number.isSafeInteger(seq) && (seq as number) > 0) {
    return { condition: conditionLayout.sequence, sequence: seq as number };
  }
  throw badArgument(argument, given, '{ absent: true } or { seq } with the sequence number of a record');
}

/** The numbers of a put with these options. */
export function putNumbers(options: PutOptions | undefined, argument = 'options'): OperationNumbers {
  if (options === undefined) return plainPut;
  checkFields(argument, options, ['ttl', 'if']);
  const expiry = expiryOf(`${argument}.ttl`, options.ttl);
  return { kind: recordKinds.put, expiry, ...pick(conditionOf(`${argument}.if`, options.if)) };
}

/** The numbers of a del with these options. */
export function delNumbers(options: WriteOptions | undefined, argument = 'options'): OperationNumbers {
  if (options === undefined) return plainDel;
  checkFields(argument, options, ['if']);
  return { kind: recordKinds.del, expiry: 0, ...pick(conditionOf(`${argument}.if`, options.if)) };
}

const pick = ({ condition, sequence }: Pick<OperationNumbers, 'condition' | 'sequence'>) => ({ condition, sequence });

/** The expiry of an update: undefined leaves that of the record. */
export function updateExpiry(options: Pick<PutOptions, 'ttl'> | undefined): number | undefined {
  if (options === undefined) return undefined;
  checkFields('options', options, ['ttl']);
  return options.ttl === undefined ? undefined : expiryOf('options.ttl', options.ttl);
}

/** Options for synchronous writes, which take no condition. */
export function syncPutExpiry(options: Pick<PutOptions, 'ttl'> | undefined): number {
  return updateExpiry(options) ?? 0;
}

const rangeOptions = ['gt', 'gte', 'lt', 'lte', 'reverse'];

/** The limit of an iterator; Infinity if there is none. */
export function iterateLimit(options: IterateOptions | undefined): number {
  if (options === undefined) return Infinity;
  const range = rangeOptions.find((name) => Object.hasOwn(options, name));
  if (range !== undefined) {
    const reason = 'keys are kept by hash, so there are no ranges and no order; keep an index of your own in values';
    throw foreshardError('unsupported', `${range}: ${reason}`, { argument: `options.${range}` });
  }
  checkFields('options', options, ['limit']);
  const { limit = Infinity } = options;
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw badArgument('options.limit', limit, 'a whole number of entries');
  }
  return limit;
}

/** A directory's path. */
export function checkDirectory(argument: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    throw badArgument(argument, value, 'the path of a directory');
}

/** A list of anything. */
export function checkArray(argument: string, value: unknown): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw badArgument(argument, value, 'an array');
}

/** Options of changes(). */
export function checkChangesOptions(options: { since?: unknown; follow?: unknown; signal?: unknown }): void {
  checkFields('options', options, ['since', 'follow', 'signal']);
  const { since = 0, follow = false, signal } = options;
  if (!(Number.isSafeInteger(since) && (since as number) >= 0))
    throw badArgument('options.since', since, 'a sequence number, or 0');
  if (typeof follow !== 'boolean') throw badArgument('options.follow', follow, 'true or false');
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badArgument('options.signal', signal, 'an AbortSignal');
}

/** A share of a whole. */
export function checkShare(argument: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw badArgument(argument, value, 'a number from 0 to below 1');
}

/** What increment() adds. */
export function checkIncrement(by: unknown): asserts by is number {
  if (typeof by !== 'number' || !Number.isFinite(by)) throw badArgument('by', by, 'a finite number');
}
