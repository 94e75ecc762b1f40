// gradient-boosted-load: what a record or the next interval of a series will cost, by trees over all features.
import { definePredictor } from '../../../src/predictor/index.js';
import { loadColumns } from './features.js';
import { TreesOfLoad } from './predictor.js';

/**
 * Foretells costs by boosted regression trees over all columns of the role, learned online. A source whose costs are foretold
 * better by a plain way, such as its last cost, has that one. Settings and their defaults: see Settings.
 */
export default definePredictor({
  name: 'gradient-boosted-load',
  role: 'load',
  columns: loadColumns,
  create: (context) => new TreesOfLoad(context),
});
