// How much there is room for in a backtest: a number of keys, a share of the keys seen, or bytes.
import { foreshardError } from '../../errors/index.js';

export interface Budget {
  /** As it was given. */
  readonly text: string;
  readonly unit: 'keys' | 'share' | 'bytes';
  /** Keys, per cent of the keys seen, or bytes. */
  readonly amount: number;
}

/** What a record takes beside its value, in bytes, where there is room for bytes: its key and its header, roughly. */
export const recordOverhead = 32;

const pattern = /^(\d+(?:\.\d+)?)(%|B|[KMG]i?B)?$/;
const bytesIn: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** "1000", "2%" or "64MiB"; undefined for what is none, as half a key, more than all keys, or nothing at all. */
export function parseBudget(text: string): Budget | undefined {
  const [, digits, unit] = pattern.exec(text) ?? [];
  const number = Number(digits);
  if (!(number > 0)) return undefined;
  if (unit === undefined) return Number.isSafeInteger(number) ? { text, unit: 'keys', amount: number } : undefined;
  if (unit === '%') return number <= 100 ? { text, unit: 'share', amount: number } : undefined;
  return { text, unit: 'bytes', amount: number * bytesIn[unit]! };
}

/** The same; throws FORESHARD_BAD_ARGUMENT for what is none. */
export function budgetOf(text: string): Budget {
  const budget = parseBudget(text);
  if (budget === undefined)
    throw foreshardError('bad_argument', `"${text}" is no budget, as 1000, 2% or 64MiB are`, { argument: 'budgets', value: text });
  return budget;
}
