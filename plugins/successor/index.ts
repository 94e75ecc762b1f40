// successor: what followed when the latest accesses came in the same order before, then what was used last.
import { definePredictor, type AccessBatch } from '../../src/predictor/index.js';

const columns = ['follow', 'followOther', 'recencyRank'] as const;
type Column = (typeof columns)[number];

/** Places are told apart from ranks by this: all that follows comes before all that was merely used. */
const followBase = 2 ** 23;
/** A place in another sequence is worth as much as one so many times as far in the latest one. */
const otherFactor = 2;

/** Minus the place at which a key is expected: what follows by its place, the rest by recency. */
function scores({ rows, columns: { follow, followOther, recencyRank } }: AccessBatch<Column>): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) => {
    const place = follow[row]! < 0 ? Infinity : follow[row]!;
    const other = followOther[row]! < 0 ? Infinity : followOther[row]! * otherFactor;
    const first = Math.min(place, other);
    return first === Infinity ? -recencyRank[row]! : followBase - first;
  });
}

export default definePredictor({ name: 'successor', role: 'access', columns, runs: 'inline', create: () => ({ predict: scores }) });
