// The options of partitioning: what they mean, and their check. Defaults and bounds: native/constants.json.
import { badOption, booleanOption, groupOption, numberOption, optionTable } from '../errors/index.js';

/** What a shard is meant to carry; what is left out has its default. */
export interface CapacityOptions {
  /** Reads and writes a second. Default: 500000. */
  operations?: number;
  /**
   * A limit relative to the load, for those who do not know theirs in operations: share of the store's reads and writes, 0.001
   * to 1. Default: 1, which is no limit.
   * @example 1 / 16
   */
  share?: number;
  /** Bytes of records. Default: 8589934592. */
  bytes?: number;
  /** Keys. Default: 33554432. */
  keys?: number;
}

/** When shards are split and merged. */
export interface PartitionOptions {
  /** Decide, and tell what would be done by the event 'plan' and by `store.shards.why()`, but change nothing. Default: false. */
  dryRun?: boolean;
  /** What a shard is meant to carry. */
  capacity?: CapacityOptions;
  /** Share of a capacity from which on a shard is near it, 0.05 to 1. Default: 0.8. */
  near?: number;
  /**
   * How many times the load of a fair part makes a shard hot, from 1.005. The fair part is the mean, or what the hottest key has
   * alone, if that is more: no cut makes the busiest shard less busy than that. Default: 1.25.
   */
  hot?: number;
  /** Two neighbours are cold if together they have at most this share of a fair part, 0 to 0.95. Default: 0.5. */
  cold?: number;
  /** How long neighbours must have been cold before they are merged, in milliseconds from 1000 on. Default: 60000. */
  coldFor?: number;
  /** How long a cut stays, whatever becomes of the load, in milliseconds: no change is undone before. Default: 600000. */
  keepCutsFor?: number;
  /** Fewer shards than these are never merged. Default: 1. */
  minShards?: number;
  /** More shards than these are never made, up to 1024; where there are as many, boundaries are shifted. Default: 64. */
  maxShards?: number;
  /** Splits and merges a minute on average, so that changes do not become a load of their own; half of it may come at once. Default: 60. */
  changesPerMinute?: number;
  /** Time between two looks at the load, in milliseconds, 20 to 60000. Default: 250. */
  interval?: number;
}

/** All of them. */
export interface PartitionPolicy extends Required<Omit<PartitionOptions, 'capacity'>> {
  readonly capacity: Required<CapacityOptions>;
}

const checkGroup = groupOption<PartitionOptions>({
  dryRun: booleanOption,
  capacity: groupOption<CapacityOptions>({
    operations: numberOption('shardOperations'),
    share: numberOption('shardShare'),
    bytes: numberOption('shardBytes'),
    keys: numberOption('shardKeys'),
  }),
  near: numberOption('nearCapacity'),
  hot: numberOption('hotFactor'),
  cold: numberOption('coldShare'),
  coldFor: numberOption('coldFor'),
  keepCutsFor: numberOption('keepCutsFor'),
  minShards: numberOption('shardsMin'),
  maxShards: numberOption('shardsMax'),
  changesPerMinute: numberOption('changesPerMinute'),
  interval: numberOption('partitionInterval'),
});

/** Checks what the application gave; answers all options. */
export function partitionPolicy(given: PartitionOptions = {}): PartitionPolicy {
  checkGroup('partition', given);
  const { capacity = {}, ...rest } = given;
  const policy: PartitionPolicy = {
    dryRun: rest.dryRun ?? false,
    near: rest.near ?? optionTable.nearCapacity.default,
    hot: rest.hot ?? optionTable.hotFactor.default,
    cold: rest.cold ?? optionTable.coldShare.default,
    coldFor: rest.coldFor ?? optionTable.coldFor.default,
    keepCutsFor: rest.keepCutsFor ?? optionTable.keepCutsFor.default,
    minShards: rest.minShards ?? optionTable.shardsMin.default,
    maxShards: rest.maxShards ?? optionTable.shardsMax.default,
    changesPerMinute: rest.changesPerMinute ?? optionTable.changesPerMinute.default,
    interval: rest.interval ?? optionTable.partitionInterval.default,
    capacity: {
      operations: capacity.operations ?? optionTable.shardOperations.default,
      share: capacity.share ?? optionTable.shardShare.default,
      bytes: capacity.bytes ?? optionTable.shardBytes.default,
      keys: capacity.keys ?? optionTable.shardKeys.default,
    },
  };
  if (policy.minShards > policy.maxShards)
    throw badOption('partition.minShards', policy.minShards, `at most maxShards, ${policy.maxShards}`);
  return policy;
}
