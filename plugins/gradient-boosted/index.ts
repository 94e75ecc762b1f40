// gradient-boosted: small regression trees over all features of the keys, grown anew from lessons as they come.
import { definePredictor } from '../../src/predictor/index.js';
import { accessColumns, TreesOfAccess } from './access.js';

export default definePredictor({
  name: 'gradient-boosted',
  role: 'access',
  columns: accessColumns,
  create: (context) => new TreesOfAccess(context),
});
