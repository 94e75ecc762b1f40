// What a feature column is.

/** One feature: a number for each row of a batch. */
export interface ColumnInfo {
  /** What its numbers count in; 'share' is from 0 to 1, 'number' is a plain one. */
  readonly unit: 'accesses' | 'seconds' | 'bytes' | 'share' | 'number' | 'per second' | 'cost' | 'bytes per second';
  /** What it says. */
  readonly about: string;
}
