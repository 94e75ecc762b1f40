// npm run bench:predictors -- --load | --failure | --recoveries [options]: how well the plugins predict, on public data.
import { Misuse } from '../common/options.js';
import { runProgram } from '../common/run.js';
import { failureCommand, failureHelp } from './failure/command.js';
import { loadCommand, loadHelp } from './load/command.js';
import { recoveriesCommand, recoveriesHelp } from './recoveries/command.js';

/** The parts, by the option that starts each. */
const parts: Readonly<Record<string, { readonly help: string; readonly command: (args: string[]) => void | Promise<void> }>> = {
  '--load': { help: loadHelp, command: loadCommand },
  '--failure': { help: failureHelp, command: failureCommand },
  '--recoveries': { help: recoveriesHelp, command: recoveriesCommand },
};

const help = `Usage: npm run bench:predictors -- PART [options]

${Object.values(parts).map((part) => part.help).join('\n')}
Of all of them
  --data DIR      the public data (default: the folder shared/data beside the one of this project)
`;

await runProgram(async () => {
  const args = process.argv.slice(2);
  const chosen = Object.keys(parts).filter((option) => args.includes(option));
  if (args.includes('--help')) process.stdout.write(help);
  else if (chosen.length !== 1) throw new Misuse(`Give one of ${Object.keys(parts).join(', ')}.`);
  else await parts[chosen[0]!]!.command(args);
});
