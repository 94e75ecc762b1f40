// Dynamic partitioning: when shards are split and merged.
export { decide, type Decision, type Verdict } from './decide.js';
export { Moment } from './moment.js';
export { partitionPolicy, type CapacityOptions, type PartitionOptions, type PartitionPolicy } from './options.js';
export { Partitioner, type Decided, type ShardChanges } from './partitioner.js';
export { Shards, type PastVerdict, type ShardInfo, type ShardVerdict } from './shards.js';
