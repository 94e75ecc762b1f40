// Rows to try predictors on: made up, but of the kind that the catalogue says.
import type { AccessWindow } from '../batch.js';
import { catalogue, type ColumnInfo, type Role } from '../catalogue/index.js';
import type { Predictor, RolePredictors } from '../define.js';

export type Random = () => number;

const unknownShare = 0.1;
const largest: Readonly<Record<ColumnInfo['unit'], number>> = {
  accesses: 1e6,
  seconds: 1e6,
  bytes: 1e6,
  share: 1,
  number: 1e4,
  'per second': 1e3,
  cost: 1e3,
  'bytes per second': 1e6,
};
/** Columns that say who and when, as whole numbers that come again, or grow. */
const identities = new Set(['source', 'type', 'node']);

/** Few large numbers, many small ones, some that are not known. */
function valueOf(name: string, { unit }: ColumnInfo, row: number, random: Random): number {
  if (identities.has(name)) return row % 8;
  if (name === 'seconds') return 60 * row;
  if (name === 'interval') return 3600;
  if (unit !== 'share' && random() < unknownShare) return -1;
  return largest[unit] * random() ** (unit === 'share' ? 1 : 6);
}

const keysOf = (count: number, random: Random): Float64Array =>
  Float64Array.from({ length: count }, () => Math.floor(random() * 2 ** 52));

/** What the hooks of a role are given, all of them at once. */
export type AnyLesson = Parameters<NonNullable<RolePredictors['access']['learn']>>[0] &
  Parameters<NonNullable<RolePredictors['load']['learn']>>[0];

/** A lesson of so many rows; a batch, too. */
export function lessonOf({ role, columns: names }: Predictor, rows: number, random: Random): AnyLesson {
  const infos: Readonly<Record<string, ColumnInfo>> = catalogue[role];
  const columns = Object.fromEntries(
    names.map((name) => [name, Float32Array.from({ length: rows }, (_, row) => valueOf(name, infos[name]!, row, random))]),
  );
  const targets = Float32Array.from({ length: rows }, () => targetOf(role, random));
  const weights = Float32Array.from({ length: rows }, () => (role === 'access' ? 1 + Math.floor(10 * random()) : 1));
  return { rows, columns, targets, weights, keys: keysOf(rows, random), budget: 100, horizon: 1000 };
}

function targetOf(role: Role, random: Random): number {
  if (role === 'load') return 1000 * random() ** 3;
  return random() < 0.2 ? 1 + Math.floor(4 * random() ** 2) : 0;
}

/** Accesses of few keys, one after another. */
export function windowOf(first: number, length: number, random: Random): AccessWindow {
  return {
    first,
    keys: Float64Array.from({ length }, () => Math.floor(100 * random() ** 2) * 2 ** 40),
    times: Float64Array.from({ length }, (_, i) => first + i),
    writes: Uint8Array.from({ length }, () => (random() < 0.3 ? 1 : 0)),
    sizes: Uint32Array.from({ length }, () => Math.floor(1000 * random())),
  };
}
