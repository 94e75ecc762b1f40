#!/usr/bin/env node
// The command line: foreshard COMMAND ...
import { parseArgs } from 'node:util';
import { ForeshardError } from '../errors/index.js';
import { backup } from './backup.js';
import { stats } from './stats.js';
import { verify } from './verify.js';

/** Takes as many arguments as the function has parameters; answers the exit code. */
type Command = (...args: string[]) => Promise<number>;

const commands: Record<string, Command> = { stats, verify, backup } as Record<string, Command>;

const help = `foreshard: look after a store. It must not be open elsewhere: a store has one owner.

Usage
  foreshard stats DIR       print figures of the store as JSON
  foreshard verify DIR      read everything and report damage; the exit code is 1 if there is any
  foreshard backup DIR TO   copy the store consistently into TO, new or of an earlier backup
  foreshard --help          print this
  foreshard --version       print the version

Examples
  foreshard stats ./data
  foreshard verify ./data && echo sound
  foreshard backup ./data /mnt/backup/data
`;

async function version(): Promise<string> {
  const { createRequire } = await import('node:module');
  return (createRequire(import.meta.url)('foreshard/package.json') as { version: string }).version;
}

function print(text: string): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return 0;
}

function misused(problem: string): number {
  process.stderr.write(`${problem}\n\n${help}`);
  return 2;
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
  });
  if (values.version) return print(await version());
  const [name = '', ...rest] = positionals;
  if (values.help || name === '') return values.help ? print(help) : misused('Give a command.');
  if (!Object.hasOwn(commands, name)) return misused(`There is no command "${name}".`);
  const command = commands[name]!;
  if (rest.length !== command.length) return misused(`"${name}" takes ${command.length} argument(s).`);
  return command(...rest);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const misuse = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  const known = error instanceof ForeshardError ? `${error.code}: ${error.message}` : (error as Error).stack;
  process.exitCode = misuse ? misused((error as Error).message) : 1;
  if (!misuse) process.stderr.write(`${known}\n`);
}
