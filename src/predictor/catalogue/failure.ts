// The features of nodes, for predictors of failure.
import type { ColumnInfo } from './column.js';

/** A row is a node and the coming interval. What is not known is -1. `seconds` counts as in the features of load. */
export const failureColumns = {
  node: { unit: 'number', about: 'which node, as a whole number' },
  seconds: { unit: 'seconds', about: 'when the interval begins, since the first row that was told of; it may begin anew' },
  interval: { unit: 'seconds', about: 'length of the interval' },
  uptime: { unit: 'seconds', about: 'since the node was started last' },
  observed: { unit: 'seconds', about: 'since the node was seen first' },
  failures: { unit: 'number', about: 'of the node so far' },
  sinceFailure: { unit: 'seconds', about: 'since the last failure of the node; -1: none yet' },
  clusterFailures: { unit: 'number', about: 'of all nodes so far' },
  sinceClusterFailure: { unit: 'seconds', about: 'since the last failure of any node; -1: none yet' },
  heapSlope: { unit: 'bytes per second', about: 'growth of the heap over the last ten minutes' },
  errorRate: { unit: 'per second', about: 'errors of the store and its disk, decayed over a minute' },
} as const satisfies Record<string, ColumnInfo>;

export type FailureColumn = keyof typeof failureColumns;
