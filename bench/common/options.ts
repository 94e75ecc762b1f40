// Command lines: numbers and names that are checked.

/** The command line is wrong. */
export class Misuse extends Error {}

/** The number that an option was given. */
export function numberOf(name: string, text: string, min: number, max: number, whole = false): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new Misuse(`--${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, got "${text}".`);
  }
  return value;
}

/** Bounds of the numbers that most benchmarks take, by what they count. */
const bounds = {
  count: [1, 1e9, true],
  runs: [1, 1000, true],
  seconds: [0.001, 86_400, false],
  bytes: [16 * 2 ** 20, 2 ** 40, true],
  share: [0, 1, false],
  factor: [0, 1000, false],
  seed: [0, 2 ** 31, true],
} as const;

/** The numbers of a command line by their names: `numberIn(values, 'keys', 'count')`. */
export function numberIn<Name extends string>(values: Readonly<Record<Name, string>>, name: Name, what: keyof typeof bounds): number {
  const [min, max, whole] = bounds[what];
  return numberOf(name, values[name], min, max, whole);
}

/** Those that are named in a list with commas; all if none is. */
export function chosen<Item extends { readonly name: string }>(option: string, items: readonly Item[], text: string): readonly Item[] {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !items.some((item) => item.name === name));
  if (unknown.length > 0) {
    throw new Misuse(`--${option}: there is no ${unknown.join(', ')}; there are ${items.map(({ name }) => name).join(', ')}.`);
  }
  return names.length === 0 ? items : items.filter(({ name }) => names.includes(name));
}
