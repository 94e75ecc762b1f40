// Predictors at work for a store, under guard.
export { runAnalyst } from './analyst.js';
export type { Standing } from './contest.js';
export type { Decision } from './decisions.js';
export type { AnalystData, PredictorFigures, ProfileTold } from './messages.js';
export { predictorPolicy, type PredictorChoice, type PredictorOptions, type PredictorPolicy } from './options.js';
export { pluginThread } from './plugin-thread.js';
export { Predictions, type Decided } from './predictions.js';
