// return-rate: how often keys of the same age, count and gap were read next in the latest lessons.
import {
  definePredictor,
  type AccessBatch,
  type AccessLesson,
  type AccessPredictor,
  type PredictorContext,
} from '../../src/predictor/index.js';
import { loadState, saveState } from '../common/saved_state.js';
import { noSettings } from '../common/settings.js';
import { cellsOf, columns, type Column } from './cells.js';
import { RateTable } from './rates.js';

const stateMark = 0x52525246;

class ReturnRate implements AccessPredictor<Column> {
  readonly #table = new RateTable();

  constructor(context: PredictorContext) {
    noSettings(context.settings);
  }

  learn(lesson: AccessLesson<Column>): void {
    this.#table.learn(cellsOf(lesson), lesson);
  }

  predict(batch: AccessBatch<Column>): Float32Array {
    return this.#table.rates(cellsOf(batch));
  }

  save(): Uint8Array {
    return saveState(stateMark, (walk) => this.#table.walk(walk));
  }

  load(state: Uint8Array): void {
    loadState(stateMark, state, (walk) => this.#table.walk(walk));
  }
}

export default definePredictor({
  name: 'return-rate',
  role: 'access',
  columns,
  runs: 'inline',
  create: (context) => new ReturnRate(context),
});
