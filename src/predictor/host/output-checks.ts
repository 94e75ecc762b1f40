// What hooks may give: right in type and length, finite, in range. Anything else is a failure of the predictor. What is handed on
// is a copy, as the predictor may go on to write into its own.
import type { Role } from '../catalogue/index.js';
import { PluginFault, type HookName } from './hooks.js';

const stateBytesMax = 2 ** 26;
const keyMax = 2 ** 52;

const refuse = (hook: HookName, message: string): never => {
  throw new PluginFault(hook, 'output', message);
};

/** A number for each row. */
export function checkedScores(output: unknown, rows: number, role: Role): Float32Array {
  if (!(output instanceof Float32Array)) return refuse('predict', 'gave no Float32Array');
  if (output.length !== rows) return refuse('predict', `gave ${output.length} numbers for ${rows} rows`);
  const least = role === 'access' ? -Infinity : 0;
  const scores = new Float32Array(output);
  const wrong = scores.findIndex((score) => !Number.isFinite(score) || score < least);
  return wrong < 0 ? scores : refuse('predict', `gave ${scores[wrong]} for row ${wrong}`);
}

/** Keys, whether they are tracked or not. */
export function checkedKeys(output: unknown, limit: number): Float64Array {
  if (!(output instanceof Float64Array)) return refuse('propose', 'gave no Float64Array');
  if (output.length > limit) return refuse('propose', `gave ${output.length} keys of ${limit} allowed`);
  const keys = new Float64Array(output);
  const wrong = keys.findIndex((key) => !Number.isInteger(key) || key < 0 || key >= keyMax);
  return wrong < 0 ? keys : refuse('propose', `gave ${keys[wrong]}, which is no key`);
}

/** Bytes that can be kept. */
export function checkedState(output: unknown): Uint8Array {
  if (!(output instanceof Uint8Array)) return refuse('save', 'gave no Uint8Array');
  if (output.length > stateBytesMax) return refuse('save', `gave ${output.length} bytes of ${stateBytesMax} allowed`);
  return new Uint8Array(output);
}
