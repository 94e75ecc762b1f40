// What is remembered of one recovery, and what it may hold.

/** The first reads after an open, as the store counts them. */
export interface EarlyCounts {
  readonly reads: number;
  /** Of them, keys whose record was in memory. */
  readonly covered: number;
  /** Of those, where a fast-restore image had put it. */
  readonly restored: number;
  /** The same by the number of the image's class. */
  readonly byClass: readonly number[];
}

/** How many keys of each kind were put first, and who predicted. */
export interface OrderSummary {
  readonly known: number;
  readonly remembered: number;
  readonly predicted: number;
  /** Name of the predictor; '': none. */
  readonly by: string;
}

/** One recovery. Times are Unix milliseconds, durations milliseconds; -1: not known. */
export interface RecoveryEntry {
  /** When the store was opened. */
  readonly openedMs: number;
  /** Whether the process before had closed the store. */
  readonly clean: boolean;
  /** Last sign of life of the process before. */
  readonly aliveMs: number;
  /** How long the process before had the store open. */
  readonly uptimeMs: number;
  /** From the call of open() until any key could be read, until what is wanted first was in memory, until all was. */
  readonly openMs: number;
  readonly hotMs: number;
  readonly fullMs: number;
  /** Records that were restored, by the name of their class. */
  readonly restored: Readonly<Record<string, number>>;
  readonly early: EarlyCounts;
  readonly order: OrderSummary;
  /** Distinct keys in the order in which they were first read. */
  readonly touches: Float64Array;
}

const namesMax = 16;
const nameLengthMax = 64;
const touchesMax = 65_536;
const keyMax = 2 ** 52;

type Rule = (value: unknown) => boolean;

const isNumber = (value: unknown, least: number): boolean => typeof value === 'number' && value >= least && value < Infinity;
const count: Rule = (value) => isNumber(value, 0) && Number.isSafeInteger(value);
const duration: Rule = (value) => isNumber(value, 0) || value === -1;
const name: Rule = (value) => typeof value === 'string' && value.length <= nameLengthMax;
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const counts: Rule = (value) => Array.isArray(value) && value.length <= namesMax && value.every(count);
const isKey = (key: number): boolean => key >= 0 && key < keyMax && Number.isInteger(key);

/** Every field of `rules`, as its rule says, and no other. */
const shaped = (rules: Readonly<Record<string, Rule>>): Rule => (value) =>
  isObject(value) && Object.keys(value).every((field) => Object.hasOwn(rules, field))
    && Object.entries(rules).every(([field, rule]) => rule(value[field]));

const named: Rule = (value) =>
  isObject(value) && Object.keys(value).length <= namesMax && Object.keys(value).every(name) && Object.values(value).every(count);

const rules: Readonly<Record<keyof RecoveryEntry, Rule>> = {
  openedMs: (value) => isNumber(value, 0),
  clean: (value) => typeof value === 'boolean',
  aliveMs: duration,
  uptimeMs: duration,
  openMs: duration,
  hotMs: duration,
  fullMs: duration,
  restored: named,
  early: shaped({ reads: count, covered: count, restored: count, byClass: counts }),
  order: shaped({ known: count, remembered: count, predicted: count, by: name }),
  touches: (value) => value instanceof Float64Array && value.length <= touchesMax && value.every(isKey),
};

/** The first field that cannot be as it is, if there is one: numbers are finite, counts whole and not below 0, lists bounded. */
export function faultOf(entry: unknown): string | undefined {
  if (!isObject(entry)) return 'no object';
  const fields = Object.keys(rules) as (keyof RecoveryEntry)[];
  return Object.keys(entry).find((field) => !Object.hasOwn(rules, field)) ?? fields.find((field) => !rules[field](entry[field]));
}
