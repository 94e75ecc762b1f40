// The SDK for authors of predictors, exported as foreshard/predictor.
export {
  catalogue,
  type AccessColumn,
  type ColumnInfo,
  type FailureColumn,
  type LoadColumn,
  type Role,
  type RoleColumns,
} from './catalogue/index.js';
export type { AccessBatch, AccessLesson, AccessWindow, Batch, Lesson, Outcome } from './batch.js';
export {
  columnsOf,
  definePredictor,
  isPredictor,
  type AccessPredictor,
  type FailurePredictor,
  type LoadPredictor,
  type Predictor,
  type PredictorContext,
  type PredictorDefinition,
  type RolePredictors,
} from './define.js';
export { readBody } from './remote/body.js';
export {
  decodeAnswer,
  decodeCall,
  encodeAnswer,
  encodeCall,
  type HookInputs,
  type HookOutputs,
  type RemoteShape,
} from './remote/hooks.js';
export { remoteHooks, remoteProtocol, type RemoteHook } from './remote/message.js';
export { bestFirst } from './ordering.js';
export { uniform } from './random.js';
