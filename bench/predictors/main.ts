// npm run bench:predictors -- --failure: how well predictors foretell what was recorded.
import { Misuse } from '../common/options.js';
import { runProgram } from '../common/run.js';
import { failureCommand, failureHelp } from './failure/command.js';

/** The parts of the benchmark by their options. */
const parts = { '--failure': { run: failureCommand, help: failureHelp } };

const help = `Usage: npm run bench:predictors -- PART [options]

${Object.values(parts).map((part) => part.help).join('\n')}`;

await runProgram(async () => {
  const args = process.argv.slice(2);
  const given = Object.entries(parts).filter(([option]) => args.includes(option));
  if (args.includes('--help')) process.stdout.write(help);
  else if (given.length !== 1) throw new Misuse(`Give one of ${Object.keys(parts).join(', ')}.`);
  else await given[0]![1].run(args);
});
