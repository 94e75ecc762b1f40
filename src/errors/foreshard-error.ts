// The one class of errors, and the only place where they are built.
import { errorTable, type ErrorCode, type ErrorName } from './constants.gen.js';

/** What an error is about, as far as it is known: an option and its value, a key, a sequence number, a path. */
export interface ErrorContext {
  readonly option?: string;
  readonly argument?: string;
  readonly value?: unknown;
  readonly key?: unknown;
  readonly directory?: string;
  readonly sequence?: number;
  readonly [field: string]: unknown;
}

/**
 * Every error of Foreshard. `code` is for programs, `message` says what happened and what to do about it.
 *
 * @example
 * try {
 *   await store.put('stock:42', '7', { if: { seq: 1031 } });
 * } catch (error) {
 *   if (error.code !== 'FORESHARD_CONDITION_FAILED') throw error;
 * }
 */
export class ForeshardError extends Error {
  override readonly name = 'ForeshardError';
  /** Which error: 'FORESHARD_' and a name in capitals. Stable between versions. */
  readonly code: ErrorCode;
  /** What just this error is about, in words; empty if the code says it all. */
  readonly detail: string;
  /** The same in fields. */
  readonly context: ErrorContext;

  /** @internal Use foreshardError(). */
  constructor(code: ErrorCode, text: string, detail: string, context: ErrorContext, cause?: unknown) {
    super(detail === '' ? text : `${asSentence(detail)} ${text}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    this.context = context;
  }
}

function asSentence(detail: string): string {
  return /[.!?]$/.test(detail) ? detail : `${detail}.`;
}

const byName = new Map<ErrorName, (typeof errorTable)[number]>(errorTable.map((entry) => [entry.name, entry]));

/** The number of an error, as the engine gives it. */
export const errorNumber = Object.fromEntries(errorTable.map(({ name }, number) => [name, number])) as Record<
  ErrorName,
  number
>;

/** An error by its name. */
export function foreshardError(
  name: Exclude<ErrorName, 'ok'>,
  detail = '',
  context: ErrorContext = {},
  cause?: unknown,
): ForeshardError {
  const { code, text } = byName.get(name)!;
  return new ForeshardError(code, text, detail, context, cause);
}

/** An error by its number, as the engine gives it; one that this version does not know is internal. */
export function errorOfNumber(number: number, detail = '', context: ErrorContext = {}): ForeshardError {
  const name = errorTable[number]?.name;
  if (name === undefined || name === 'ok') return foreshardError('internal', `error ${number}: ${detail}`, context);
  return foreshardError(name, detail, context);
}
