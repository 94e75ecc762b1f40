// What can be set of gradient-boosted-load.

export interface Settings {
  /** Trees that are grown each time. Default: 60. */
  readonly trees: number;
  /** Leaves of a tree. Default: 16. */
  readonly leaves: number;
  readonly learningRate: number;
  /** Least sum of second derivatives of a leaf: about twice as many rows of the usual cost. Default: 10. */
  readonly minHessian: number;
  /** Rows that are kept to grow trees from: the latest. Default: 8192. */
  readonly keptRows: number;
  /** Rows from one training to the next; the first ones come sooner. Default: 1024. */
  readonly trainEvery: number;
  /** Sources that are remembered; the one used longest ago is forgotten. Default: 4096. */
  readonly maxSources: number;
}

export const defaults: Settings = {
  trees: 60,
  leaves: 16,
  learningRate: 0.15,
  minHessian: 10,
  keptRows: 8192,
  trainEvery: 1024,
  maxSources: 4096,
};
