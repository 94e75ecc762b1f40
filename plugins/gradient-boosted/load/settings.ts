// What can be set of gradient-boosted-load.
import { wholeFrom, type SettingsTable } from '../../common/settings.js';
import { treeSettings, type TreeSettings } from '../tree_settings.js';

/** Defaults of the trees: 60, 16 leaves, learning rate 0.15, least hessian 10. */
export interface Settings extends TreeSettings {
  /** Rows that trees are grown from, the latest; 128 to 1,048,576. Default: 8192. */
  readonly keptRows: number;
  /** Rows from one training to the next, 1 to 1,048,576; the first ones come sooner. Default: 1024. */
  readonly trainEvery: number;
  /** Sources that are remembered, 1 to 1,000,000; the one used longest ago is forgotten. Default: 4096. */
  readonly maxSources: number;
}

const rowsMost = 2 ** 20;

export const table: SettingsTable<Settings> = {
  ...treeSettings({ trees: 60, leaves: 16, learningRate: 0.15, minHessian: 10 }),
  keptRows: wholeFrom(128, rowsMost, 8192),
  trainEvery: wholeFrom(1, rowsMost, 1024),
  maxSources: wholeFrom(1, 1_000_000, 4096),
};
