// What the hooks of a predictor must answer; each check tells what is wrong, or undefined.
import type { Role } from './catalogue/index.js';

const keyMax = 2 ** 52;

/** Of predict(): a finite number for each row; not below 0 where it is an amount. */
export function faultOfPrediction(values: unknown, rows: number, role: Role): string | undefined {
  if (!(values instanceof Float32Array)) return 'predict() must give a Float32Array';
  if (values.length !== rows) return `predict() gave ${values.length} numbers for ${rows} rows`;
  const wrong = values.findIndex((value) => !Number.isFinite(value) || (role !== 'access' && value < 0));
  return wrong < 0 ? undefined : `predict() gave ${values[wrong]} for row ${wrong}`;
}

/** Of propose(): keys, at most `limit`. */
export function faultOfProposal(keys: unknown, limit: number): string | undefined {
  if (!(keys instanceof Float64Array)) return 'propose() must give a Float64Array';
  if (keys.length > limit) return `propose() gave ${keys.length} keys where ${limit} were asked for`;
  const sound = keys.every((key) => Number.isInteger(key) && key >= 0 && key < keyMax);
  return sound ? undefined : 'propose() gave what is no key';
}

/** Of save(). */
export const faultOfState = (state: unknown): string | undefined =>
  state instanceof Uint8Array ? undefined : 'save() must give a Uint8Array';
