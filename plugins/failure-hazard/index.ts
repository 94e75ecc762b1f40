// failure-hazard: expects failures of a node by its own past, that of all nodes, and the time since it failed last.
import { definePredictor } from '../../src/predictor/index.js';
import { loadState, saveState } from '../common/saved_state.js';
import { settingsOf } from '../common/settings.js';
import { columns, HazardModel } from './model.js';
import { hazardSettings } from './settings.js';

export type { HazardSettings } from './settings.js';

const stateMark = 0x5a485346;

/**
 * How many failures of a node are to be expected in an interval. A row is a node and an interval; the lessons are rounds of all
 * nodes that are up, in the order of time. Settings and their defaults: see HazardSettings. A node that is not known has
 * the rate of all nodes together, which is never 0.
 */
export default definePredictor({
  name: 'failure-hazard',
  role: 'failure',
  columns,
  version: 3,
  create({ settings: given }) {
    const settings = settingsOf(hazardSettings, given);
    let model = new HazardModel(settings);
    return {
      learn: (lesson) => model.learn(lesson),
      predict: (batch) => model.predict(batch),
      save: () => saveState(stateMark, (state) => model.walk(state)),
      load(saved) {
        const loaded = new HazardModel(settings);
        loadState(stateMark, saved, (state) => loaded.walk(state));
        model = loaded;
      },
    };
  },
});
