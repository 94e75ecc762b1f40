// decaying-average: keys in the order of how often they were used, where what is long ago counts less.
import { definePredictor, type AccessBatch } from '../../src/predictor/index.js';
import { noSettings } from '../common/settings.js';

/** The decayed counts, from the fastest half-life to the slowest, and the column that each stands in. */
const halfLives = { rate1k: 1000, rate10k: 10_000, rate100k: 100_000 } as const;
type Column = keyof typeof halfLives;
const columns = Object.keys(halfLives) as Column[];

/** Expected accesses of a key in the next `horizon`: the mean of the rates that the decayed counts of each half-life stand for. */
function scores(batch: AccessBatch<Column>): Float32Array {
  const out = new Float32Array(batch.rows);
  for (const column of columns) {
    const counts = batch.columns[column];
    for (let row = 0; row < batch.rows; row++) out[row]! += counts[row]! / halfLives[column];
  }
  return out;
}

export default definePredictor({
  name: 'decaying-average',
  role: 'access',
  columns,
  runs: 'inline',
  create({ settings }) {
    noSettings(settings);
    return { predict: scores };
  },
});
