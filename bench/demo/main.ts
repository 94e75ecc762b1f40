// The demonstration's entry: npm start. Whatever happens, no process and no folder is left behind.
import { killChildren } from './children.js';
import { Misuse } from '../common/options.js';
import { help, readOptions, type Options } from './options.js';
import { buildDirectory, makePlace } from './place.js';
import { run } from './run.js';
import { say } from './terminal.js';

const misuseCode = 2;
const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

async function runIn(options: Options): Promise<number> {
  const place = makePlace(options.dir ?? buildDirectory);
  const cleanUp = async () => {
    await killChildren();
    if (!options.keep) place.remove();
  };
  const leave = (code: number) => void cleanUp().then(() => process.exit(code));
  process.stdout.once('error', () => leave(1)); // nobody reads any more
  for (const [signal, code] of Object.entries(signalCodes)) {
    process.once(signal, () => {
      say(`\n${signal}: cleaning up`);
      leave(code);
    });
  }
  try {
    return await run(options, place);
  } finally {
    await cleanUp();
    if (options.keep)
      say(`Kept: ${place.directory} (the crashed store is in store, acknowledged writes are in acknowledged)`);
  }
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options !== undefined) return runIn(options);
  process.stdout.write(help);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const misuse = error instanceof Misuse;
  process.stderr.write(misuse ? `${(error as Error).message}\n\n${help}` : `\n${(error as Error).message}\n`);
  process.exitCode = misuse ? misuseCode : 1;
}
