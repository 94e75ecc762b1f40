// What failure-hazard can be told beside its name.
import { numberFrom, numbersFrom, wholeFrom, type SettingsTable } from '../common/settings.js';

export interface HazardSettings {
  /** In days: how soon what was seen weighs half. Default: 7, 60 and 365, each believed as far as it has foretold. */
  readonly halfLivesDays: readonly number[];
  /** Shapes of Weibull: 1 is a steady hazard, the lower, the more it falls after a failure. Default: 0.3, 0.5, 0.7, 0.85 and 1. */
  readonly shapes: readonly number[];
  /** Failures of a node a day, before any were seen. Default: 1/30. */
  readonly firstRatePerDay: number;
  /** Nodes that are remembered; the one that was seen least recently goes. Default: 65,536, which is the most. */
  readonly maxNodes: number;
}

const nodesMost = 65_536;
const modelsMost = 8;

export const hazardSettings: SettingsTable<HazardSettings> = {
  halfLivesDays: numbersFrom(modelsMost, 0.001, 1e5, [7, 60, 365]),
  shapes: numbersFrom(modelsMost, 0.1, 1, [0.3, 0.5, 0.7, 0.85, 1]),
  firstRatePerDay: numberFrom(1e-9, 1e6, 1 / 30),
  maxNodes: wholeFrom(1, nodesMost, nodesMost),
};
