// What failure-hazard can be told beside its name.

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
const defaults: HazardSettings = {
  halfLivesDays: [7, 60, 365],
  shapes: [0.3, 0.5, 0.7, 0.85, 1],
  firstRatePerDay: 1 / 30,
  maxNodes: nodesMost,
};

const within = (value: unknown, min: number, max: number): boolean => typeof value === 'number' && value >= min && value <= max;

const listWithin = (value: unknown, min: number, max: number): boolean =>
  Array.isArray(value) && value.length > 0 && value.length <= modelsMost && value.every((item) => within(item, min, max));

/** Whether a setting is what it must be, and how to say so. */
const rules: { readonly [Name in keyof HazardSettings]: readonly [(value: unknown) => boolean, string] } = {
  halfLivesDays: [(value) => listWithin(value, 0.001, 1e5), `1 to ${modelsMost} numbers of days from 0.001 to 100000`],
  shapes: [(value) => listWithin(value, 0.1, 1), `1 to ${modelsMost} numbers from 0.1 to 1`],
  firstRatePerDay: [(value) => within(value, 1e-9, 1e6), 'a number of failures a day from 1e-9 to 1e6'],
  maxNodes: [(value) => within(value, 1, nodesMost) && Number.isInteger(value), `a whole number from 1 to ${nodesMost}`],
};

/** Throws RangeError for a setting that there is not, or that cannot be. */
export function settingsOf(given: Readonly<Record<string, unknown>>): HazardSettings {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name))
      throw new RangeError(`failure-hazard has no setting "${name}"; it has ${Object.keys(rules).join(', ')}`);
    const [fits, what] = rules[name as keyof HazardSettings];
    if (!fits(value)) throw new RangeError(`${name} must be ${what}`);
  }
  return { ...defaults, ...given };
}
