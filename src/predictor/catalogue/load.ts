// The features of records and of sources of load, for predictors of load.
import type { ColumnInfo } from './column.js';

/**
 * A row is a record before it is routed, or the next interval of a series (then source and seconds say which and when, and
 * lastCost is the value of the interval before). What is not known is -1.
 *
 * `seconds` counts from the first row that the host has told of, and may begin anew, as after a restart: as single-precision numbers,
 * times since 1970 would be 128 seconds apart.
 */
export const loadColumns = {
  source: { unit: 'number', about: 'whose load it is: a stream, a shard or a client, as a whole number' },
  seconds: { unit: 'seconds', about: 'time of the row, since the first row that was told of; it may begin anew' },
  bytes: { unit: 'bytes', about: 'of the record' },
  type: { unit: 'number', about: 'the type of the record as a whole number; equal types have equal numbers' },
  complexity: { unit: 'number', about: 'how intricate the record is: its fields, counted through all levels' },
  keyHeat: { unit: 'per second', about: 'accesses of the key of the record, decayed' },
  queueDepth: { unit: 'number', about: 'records that wait for the same worker' },
  lastCost: { unit: 'cost', about: 'of the record before, of the same source' },
  typeCost: { unit: 'cost', about: 'of records of the same type: a moving average, each new one weighs an eighth' },
  typeCostLast: { unit: 'cost', about: 'of the last record of the same type' },
  eventLoopLag: { unit: 'seconds', about: 'by which timers are late: the mean of the last second' },
  cpu: { unit: 'share', about: 'of one core that the process has used in the last second; above 1 with threads' },
  memory: { unit: 'bytes', about: 'that the process holds (resident set)' },
} as const satisfies Record<string, ColumnInfo>;

export type LoadColumn = keyof typeof loadColumns;
