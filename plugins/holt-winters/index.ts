// The plugin holt-winters: the load of series, one step ahead.
import { definePredictor, type LoadPredictor, type PredictorContext } from '../../src/predictor/index.js';
import { Remembered } from '../common/remembered.js';
import { loadState, saveState } from '../common/saved_state.js';
import { settingsOf, wholeFrom, type SettingsTable } from '../common/settings.js';
import { Series } from './series.js';

/** What is given beside the name of the predictor. */
export interface HoltWintersSettings {
  /** How many sources are remembered, from 1 to 1,000,000; the one used longest ago is forgotten. Default: 4096. */
  readonly maxSources: number;
}

const magic = 0x48573031;
const table: SettingsTable<HoltWintersSettings> = { maxSources: wholeFrom(1, 1_000_000, 4096) };
/** It is asked after so many rows, which take about ten milliseconds, whether time is over. */
const rowsAtOnce = 256;

type Columns = 'source' | 'seconds' | 'lastCost';

function create({ settings, shouldStop }: PredictorContext): LoadPredictor<Columns> {
  const { maxSources } = settingsOf(table, settings);
  const begin = () => new Remembered(maxSources, () => new Series());
  let sources = begin();
  return {
    learn({ rows, columns, targets }) {
      for (let row = 0; row < rows; row++) {
        if (row % rowsAtOnce === rowsAtOnce - 1 && shouldStop()) return; // the rows that are left count as missing
        sources.use(columns.source[row]!).observe(columns.seconds[row]!, targets[row]!);
      }
    },
    predict({ rows, columns }) {
      return Float32Array.from({ length: rows }, (_, row) => {
        const lastCost = columns.lastCost[row]!;
        const series = sources.find(columns.source[row]!);
        return series?.forecast(columns.seconds[row], lastCost) ?? (lastCost > 0 && lastCost < Infinity ? lastCost : 0);
      });
    },
    save: () => saveState(magic, (state) => sources.walk(state)),
    load(saved) {
      const loaded = begin();
      loadState(magic, saved, (state) => loaded.walk(state));
      sources = loaded;
    },
  };
}

/**
 * Forecasts the next interval of each source from the ones before: Holt-Winters beside other methods, put together by how well each
 * has done of late on that source. Rows of a lesson are in the order of time.
 */
export default definePredictor({
  name: 'holt-winters',
  role: 'load',
  columns: ['source', 'seconds', 'lastCost'],
  version: 2,
  runs: 'pool',
  create,
});
