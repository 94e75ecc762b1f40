// successor: what followed when the latest accesses came in the same order before, then what was used last.
import { definePredictor, type AccessBatch } from '../../src/predictor/index.js';
import { noSettings } from '../common/settings.js';

const columns = ['follow', 'followOther', 'recencyRank'] as const;
type Column = (typeof columns)[number];

/** What is worth a read at the first place; further ones are worth less in proportion, and what does not follow next to nothing. */
const firstReads = 1;
const unfollowedReads = 1e-5;
/** A place in another sequence is worth as much as one so many times as far in the latest one. */
const otherFactor = 2;

/** What follows by its place, the rest by recency: a guess of reads, so that it can be set against bytes. */
function scores({ rows, columns: { follow, followOther, recencyRank } }: AccessBatch<Column>): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) => {
    const place = follow[row]! < 0 ? Infinity : follow[row]!;
    const other = followOther[row]! < 0 ? Infinity : followOther[row]! * otherFactor;
    const first = Math.min(place, other);
    if (first < Infinity) return firstReads / (1 + first);
    return recencyRank[row]! < 0 ? 0 : unfollowedReads / (1 + recencyRank[row]!);
  });
}

export default definePredictor({
  name: 'successor',
  role: 'access',
  columns,
  runs: 'inline',
  create({ settings }) {
    noSettings(settings);
    return { predict: scores };
  },
});
