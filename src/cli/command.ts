// What a command of the command line is, and the help and the arguments of all of them.
import { parseArgs } from 'node:util';

/** An option of a command. */
export interface CommandOption {
  readonly type: 'boolean' | 'string';
  /** What its value is, for the help; of a string. */
  readonly value?: string;
  /** It may be given more than once; see textsGiven(). Default: the last one counts. */
  readonly multiple?: boolean;
  readonly about: string;
}

/** What was given of the options. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Command {
  /** One word, or two with a space between. */
  readonly name: string;
  /** The names of its arguments; all must be given. */
  readonly args: readonly string[];
  readonly about: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  readonly examples: readonly string[];
  /** Answers the exit code. */
  run(args: readonly string[], options: OptionValues): Promise<number>;
}

/** The command line was not as the help says. */
export class Misuse extends Error {}

const general = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export interface Parsed {
  readonly args: readonly string[];
  readonly options: OptionValues;
}

/** The command whose words begin the line. */
export const commandOf = (line: readonly string[], commands: readonly Command[]): Command | undefined =>
  commands.find(({ name }) => name.split(' ').every((word, i) => line[i] === word));

/** Throws Misuse for options that the command does not have. */
export function parse(args: readonly string[], options: Command['options'] = {}): Parsed {
  const own = Object.fromEntries(Object.entries(options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { ...own, ...general } });
    return { args: positionals, options: values as OptionValues };
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
}

/** A number given as an option; throws Misuse. */
export function numberGiven(values: OptionValues, name: string, { min, max }: { min: number; max: number }): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = text === '' ? NaN : Number(text);
  if (!(number >= min && number <= max)) throw new Misuse(`--${name} ${String(text)}: a number from ${min} to ${max} is wanted.`);
  return number;
}

/** A whole number given as an option; throws Misuse. */
export function wholeGiven(values: OptionValues, name: string, range: { min: number; max: number }): number | undefined {
  const number = numberGiven(values, name, range);
  if (number !== undefined && !Number.isSafeInteger(number)) throw new Misuse(`--${name} ${number}: a whole number is wanted.`);
  return number;
}

/** A text given as an option; throws Misuse for an empty one. */
export function textGiven(values: OptionValues, name: string, what: string): string | undefined {
  if (values[name] === '') throw new Misuse(`--${name} needs ${what}.`);
  return values[name] as string | undefined;
}

/** All that was given of an option that may be given more than once; throws Misuse for an empty one. */
export function textsGiven(values: OptionValues, name: string, what: string): readonly string[] {
  const given = (values[name] ?? []) as readonly string[];
  if (given.includes('')) throw new Misuse(`--${name} needs ${what}.`);
  return given;
}

/** One of several words given as an option; throws Misuse. */
export function wordGiven<Word extends string>(values: OptionValues, name: string, words: readonly Word[]): Word | undefined {
  const given = values[name];
  if (given !== undefined && !words.includes(given as Word))
    throw new Misuse(`--${name} ${String(given)}: one of ${words.join(', ')} is wanted.`);
  return given as Word | undefined;
}

type Row = readonly [left: string, right: string];

const optionRow = ([name, { value, about }]: [string, CommandOption]): Row => [`  --${name}${value ? ` ${value}` : ''}`, about];

const usageOf = ({ name, args, about, options = {} }: Command): Row[] => [
  [`foreshard ${[name, ...args].join(' ')}${Object.keys(options).length > 0 ? ' [options]' : ''}`, about],
  ...Object.entries(options).map(optionRow),
];

/** The help of all commands. */
export function helpOf(commands: readonly Command[]): string {
  const rows: Row[] = [
    ...commands.flatMap(usageOf),
    ['foreshard --help', 'print this'],
    ['foreshard --version', 'print the version'],
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    'foreshard: look after a store. It must not be open elsewhere: a store has one owner. (heat asks the owner.)',
    '',
    'Usage',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`),
    '',
    'Examples',
    ...commands.flatMap(({ examples }) => examples.map((example) => `  ${example}`)),
    '',
  ].join('\n');
}
