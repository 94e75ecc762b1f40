// Settings of plugins: each has a default, and what is given is checked when the predictor is created.
import { inspect } from 'node:util';

/** One setting. */
export interface Setting<Value> {
  readonly default: Value;
  /** What it must be, in words. */
  readonly must: string;
  readonly fits: (value: unknown) => boolean;
}

/** All settings of a plugin, by name. */
export type SettingsTable<Settings> = { readonly [Name in keyof Settings]: Setting<Settings[Name]> };

const isWithin = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;

/** A number from `least` to `most`. */
export const numberFrom = (least: number, most: number, fallback: number): Setting<number> => ({
  default: fallback,
  must: `a number from ${least} to ${most}`,
  fits: (value) => isWithin(value, least, most),
});

/** A whole number from `least` to `most`. */
export const wholeFrom = (least: number, most: number, fallback: number): Setting<number> => ({
  default: fallback,
  must: `a whole number from ${least} to ${most}`,
  fits: (value) => isWithin(value, least, most) && Number.isInteger(value),
});

/** Up to `count` numbers from `least` to `most`, at least one. */
export const numbersFrom = (
  count: number,
  least: number,
  most: number,
  fallback: readonly number[],
): Setting<readonly number[]> => ({
  default: fallback,
  must: `a list of 1 to ${count} numbers from ${least} to ${most}`,
  fits: (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= count && value.every((item) => isWithin(item, least, most)),
});

const shown = (value: unknown): string =>
  inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 40, maxArrayLength: 10 });

/**
 * What is given, with defaults for what is left out or undefined. Throws a RangeError that names the setting, for one that there is
 * not or whose value cannot be.
 */
export function settingsOf<Settings extends object>(
  table: SettingsTable<Settings>,
  given: Readonly<Record<string, unknown>>,
): Settings {
  const names = Object.keys(table);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`there is no setting "${unknown}"; there are ${names.join(', ') || 'none'}`);
  const entries = Object.entries<Setting<unknown>>(table).map(([name, setting]) => {
    const value = given[name] === undefined ? setting.default : given[name];
    if (!setting.fits(value)) throw new RangeError(`${name} must be ${setting.must}, got ${shown(value)}`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as Settings;
}

/** Of plugins that have no settings: throws a RangeError if any is given. */
export const noSettings = (given: Readonly<Record<string, unknown>>): void => void settingsOf({}, given);
