// Checks of options: what an option may be, in words that name it. Bounds of numbers come from the table that the engine uses, too
// (native/constants.json).
import { optionTable, type OptionName } from './constants.gen.js';
import { describe } from './describe.js';
import { foreshardError, type ForeshardError } from './foreshard-error.js';

const fractions = new Set<string>(['share', 'factor']);

/** Throws FORESHARD_BAD_OPTION, which names the option, for a value that it may not have. */
export type Check = (name: string, value: unknown) => void;
/** One for each option of a group. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

export function badOption(option: string, value: unknown, rule: string): ForeshardError {
  return foreshardError('bad_option', `${option}: got ${describe(value)}, must be ${rule}`, { option, value });
}

/** A number between the bounds of the table; whole, unless its unit is a share or a factor. */
export function numberOption(name: OptionName): Check {
  const { min, max, unit } = optionTable[name];
  const whole = !fractions.has(unit);
  return (option, value) => {
    if (typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))) return;
    throw badOption(option, value, `a ${whole ? 'whole ' : ''}number from ${min} to ${max} (${unit})`);
  };
}

export function oneOf(...choices: string[]): Check {
  return (option, value) => {
    if (choices.includes(value as string)) return;
    throw badOption(option, value, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`);
  };
}

export const booleanOption: Check = (option, value) => {
  if (typeof value !== 'boolean') throw badOption(option, value, 'true or false');
};

function checkEach<Options>(given: unknown, checks: Checks<Options>, prefix: string): void {
  for (const [name, value] of Object.entries(given as object)) {
    const option = `${prefix}${name}`;
    if (!Object.hasOwn(checks, name))
      throw badOption(
        option,
        value,
        `left out, as there is no such option; there are ${Object.keys(checks).join(', ')}`,
      );
    if (value !== undefined) checks[name as keyof Options](option, value);
  }
}

/** An object of options; those of the outermost one are named without it. */
export function groupOption<Options>(checks: Checks<Options>): Check {
  return (option, value) => {
    if (typeof value !== 'object' || value === null)
      throw badOption(option, value, `an object with ${Object.keys(checks).join(', ')}`);
    checkEach(value, checks, option === 'options' ? '' : `${option}.`);
  };
}
