// The plugin record-cost: what a record will cost, before it is routed.
import { definePredictor, type Batch, type LoadPredictor, type PredictorContext } from '../../src/predictor/index.js';
import { loadState, saveState } from '../common/saved_state.js';
import { settingsOf, wholeFrom, type SettingsTable } from '../common/settings.js';
import { CostModel, type RecordFacts } from './model.js';

/** What is given beside the name of the predictor. */
export interface RecordCostSettings {
  /**
   * How many means are kept, by type and size; from 16 to 1,000,000. The one learned of longest ago is forgotten. Default: 16384.
   */
  readonly maxCells: number;
}

const magic = 0x52433031;
const table: SettingsTable<RecordCostSettings> = { maxCells: wholeFrom(16, 1_000_000, 16_384) };

type Columns = 'bytes' | 'type' | 'complexity';

const factsOf = ({ columns: { bytes, type, complexity } }: Batch<Columns>, row: number): RecordFacts => ({
  bytes: bytes[row]!,
  type: type[row]!,
  complexity: complexity[row]!,
});

function create({ settings }: PredictorContext): LoadPredictor<Columns> {
  const { maxCells } = settingsOf(table, settings);
  let model = new CostModel(maxCells);
  return {
    learn(lesson) {
      for (let row = 0; row < lesson.rows; row++) model.learn(factsOf(lesson, row), lesson.targets[row]!);
    },
    predict: (batch) => Float32Array.from({ length: batch.rows }, (_, row) => model.predict(factsOf(batch, row))),
    save: () => saveState(magic, (state) => model.walk(state)),
    load(saved) {
      const loaded = new CostModel(maxCells);
      loadState(magic, saved, (state) => loaded.walk(state));
      model = loaded;
    },
  };
}

/** Predicts what each record costs from its size, its intricacy and its type, and from what records like it have cost. */
export default definePredictor({
  name: 'record-cost',
  role: 'load',
  columns: ['bytes', 'type', 'complexity'],
  runs: 'inline',
  create,
});
