// Settings of the trees that both predictors have.
import { numberFrom, wholeFrom, type SettingsTable } from '../common/settings.js';
import { optionBounds } from './trees/index.js';

export interface TreeSettings {
  /** Trees that are grown each time; 1 to 10,000. */
  readonly trees: number;
  /** Leaves of a tree; 2 to 4096. */
  readonly leaves: number;
  /** What a leaf adds is multiplied by it; above 0, at most 1. */
  readonly learningRate: number;
  /** Least sum of second derivatives of a leaf: of what is expected of its rows, about twice. */
  readonly minHessian: number;
}

/** With the defaults of a predictor. */
export function treeSettings(defaults: TreeSettings): SettingsTable<TreeSettings> {
  const { trees, leaves, learningRate, minHessian } = optionBounds;
  return {
    trees: wholeFrom(trees[0], trees[1], defaults.trees),
    leaves: wholeFrom(leaves[0], leaves[1], defaults.leaves),
    learningRate: numberFrom(learningRate[0], learningRate[1], defaults.learningRate),
    minHessian: numberFrom(minHessian[0], minHessian[1], defaults.minHessian),
  };
}
