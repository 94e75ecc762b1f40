// Foreshard: an embedded, sharded, log-structured store that comes back hot.
export { ForeshardError, type ErrorCode, type ErrorContext } from './errors/index.js';
export type { Listener, RecoveryPhase, StoreEventName, StoreEvents } from './observe/index.js';
export { open, Store, type OpenOptions, type Predictors, type ProfiledRecovery, type RecoveryProfile } from './api/index.js';
export type {
  Decided as PredictorDecision,
  PredictorChoice,
  PredictorFigures,
  PredictorOptions,
  Standing,
} from './predictor/host/index.js';
export type {
  Heat,
  HeatChange,
  HeatHistory,
  HeatMapOptions,
  HeatMapView,
  HeatMoment,
  HeatSlice,
  HotKey,
  Rates,
  Recording,
  RecordingReport,
  RecordOptions,
} from './heat/index.js';
export type {
  CapacityOptions,
  PartitionOptions,
  PastVerdict,
  ShardInfo,
  Shards,
  ShardVerdict,
  Verdict,
} from './partition/index.js';
export type {
  Accepted,
  BatchOperation,
  Change,
  ChangesOptions,
  Codec,
  Condition,
  Entry,
  IterateOptions,
  Key,
  KeyEncoding,
  PreparedBatch,
  PutOptions,
  Recovery,
  RecoveryOptions,
  RecoveryReport,
  StoreStats,
  TierOptions,
  ValueEncoding,
  WriteOptions,
} from './store/index.js';
