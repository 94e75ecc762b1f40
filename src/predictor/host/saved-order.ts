// The order that was set last, as bytes: three figures of the trial of past restarts, then the keys.
import { foreshardError } from '../../errors/index.js';
import { RememberedTrial } from './remembered-trial.js';

export interface SavedOrder {
  readonly keys: Float64Array;
  readonly trial: RememberedTrial;
}

const headNumbers = 3;
const keyMax = 2 ** 52;

export function encodeOrder({ keys, trial }: SavedOrder): Uint8Array {
  const { remembered, displaced, keys: count } = trial.state;
  const numbers = new Float64Array(headNumbers + keys.length);
  numbers.set([remembered, displaced, count]);
  numbers.set(keys, headNumbers);
  return new Uint8Array(numbers.buffer);
}

/** Throws FORESHARD_CORRUPT for what encodeOrder() never gives. */
export function decodeOrder(bytes: Uint8Array): SavedOrder {
  const whole = bytes.length % 8 === 0 && bytes.length >= 8 * headNumbers;
  const numbers = whole ? new Float64Array(Uint8Array.from(bytes).buffer) : new Float64Array(0);
  const [remembered, displaced, count] = numbers;
  const keys = numbers.slice(headNumbers);
  const good = [remembered, displaced, count].every((number) => number !== undefined && number >= 0 && number < Infinity);
  if (!good || !keys.every((key) => Number.isInteger(key) && key >= 0 && key < keyMax))
    throw foreshardError('corrupt', 'the saved order has what no order has');
  return { keys, trial: new RememberedTrial({ remembered: remembered!, displaced: displaced!, keys: count! }) };
}
