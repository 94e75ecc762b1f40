#!/usr/bin/env node
// The command line: foreshard COMMAND ...
import { ForeshardError } from '../errors/index.js';
import { backup } from './backup.js';
import { commandOf, helpOf, Misuse, parse, type Command } from './command.js';
import { heat } from './heat/command.js';
import { predictorBacktest } from './predictor/backtest-command.js';
import { predictorNew } from './predictor/new-command.js';
import { predictorServe } from './predictor/serve-command.js';
import { predictorTest } from './predictor/test-command.js';
import { stats } from './stats.js';
import { verify } from './verify.js';
import { version } from './version.js';

const commands: readonly Command[] = [stats, heat, verify, backup, predictorNew, predictorTest, predictorBacktest, predictorServe];
const help = helpOf(commands);

function print(text: string): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return 0;
}

/** The options of a command stand behind its name. */
async function run(line: readonly string[]): Promise<number> {
  const command = commandOf(line, commands);
  const name = command?.name ?? (line[0]?.startsWith('-') ? undefined : line[0]);
  const { args, options } = parse(line.slice(name?.split(' ').length ?? 0), command?.options);
  if (options.version) return print(version());
  if (options.help) return print(help);
  if (name === undefined) throw new Misuse('Give a command.');
  if (command === undefined) throw new Misuse(`There is no command "${name}".`);
  if (args.length !== command.args.length) throw new Misuse(`"${name}" takes ${command.args.length} argument(s).`);
  return command.run(args, options);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const misused = error instanceof Misuse;
  const told = error instanceof ForeshardError ? `${error.code}: ${error.message}` : (error as Error).stack;
  process.stderr.write(misused ? `${error.message}\n\n${help}` : `${told}\n`);
  process.exitCode = misused ? 2 : 1;
}
