// Gradient-boosted trees over histograms: training, models, and their format.
export type { Rows } from './bins.js';
export type { LossName } from './losses.js';
export { TreeModel } from './model.js';
export { optionBounds, type EarlyStopping, type TreeOptions } from './options.js';
export { train, type TrainExtra } from './train.js';
