// What a command of the command line is, and the help and the arguments of all of them.
import { parseArgs } from 'node:util';

/** An option of a command. */
export interface CommandOption {
  readonly type: 'boolean' | 'string';
  /** What its value is, for the help; of a string. */
  readonly value?: string;
  readonly about: string;
}

/** What was given of the options. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
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

/** Throws Misuse for options that the command does not have. */
export function parse(args: readonly string[], options: Command['options'] = {}): Parsed {
  const own = Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
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
