// What predictors are given: rows as columns of numbers, and the sequence of accesses.

/** Rows of features, one array for each column that the predictor has asked for; all have `rows` numbers. */
export interface Batch<Column extends string = string> {
  readonly rows: number;
  /** Only to be read, and only until the hook returns (or its promise settles): the arrays are used again. */
  readonly columns: Readonly<Record<Column, Float32Array>>;
}

/** A batch of keys. */
export interface AccessBatch<Column extends string = string> extends Batch<Column> {
  /** The keys: the upper 52 bits of their hashes, as whole numbers. */
  readonly keys: Float64Array;
  /** How many keys the fast-restore image has room for: the order matters down to there. */
  readonly budget: number;
}

/** Rows, and what became of them. */
export interface Outcome {
  /**
   * What a prediction should have said of each row. Access: how many of the next `horizon` reads asked for the key. Load: the cost.
   * Failure: the failures in the interval.
   */
  readonly targets: Float32Array;
  /** How many rows each one stands for: lessons hold a sample of the keys in which those used most are all. */
  readonly weights: Float32Array;
}

export type AccessLesson<Column extends string = string> = AccessBatch<Column> & Outcome & {
  /** Reads that were counted. */
  readonly horizon: number;
};
export type Lesson<Column extends string = string> = Batch<Column> & Outcome;

/** Accesses in a row, none left out between them; reads of keys that are not there are none. */
export interface AccessWindow {
  /** How many accesses there had been before: two windows are contiguous if one begins where the other ends. */
  readonly first: number;
  /** The upper 52 bits of the hashes of the keys. */
  readonly keys: Float64Array;
  /** Milliseconds; never falling. */
  readonly times: Float64Array;
  /** 1: a put or delete, 0: a read. */
  readonly writes: Uint8Array;
  /** Bytes of the values; 0 of a delete. */
  readonly sizes: Uint32Array;
}
