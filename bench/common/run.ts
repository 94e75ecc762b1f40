// Runs a benchmark from the command line: its exit codes, its results, and that nothing is left behind.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { killChildren } from './children.js';
import { Misuse } from './options.js';

const misuseCode = 2;
const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const folders: string[] = [];

/** Says what goes on. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

export function writeResult(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** A new folder that goes when the program ends, however it does. */
export function temporaryFolder(parent: string): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'foreshard-bench-'));
  folders.push(folder);
  return folder;
}

/** First the processes: what they still write would be left behind. */
async function cleanUp(): Promise<void> {
  await killChildren();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

export async function runProgram(work: () => Promise<void>): Promise<void> {
  let interrupted = false;
  for (const [signal, code] of Object.entries(signalCodes)) {
    process.once(signal, () => {
      interrupted = true; // what fails from now on has been ended from here
      void cleanUp().then(() => process.exit(code));
    });
  }
  try {
    await work();
  } catch (error) {
    if (interrupted) return;
    const { message, stack, code } = error as NodeJS.ErrnoException;
    const misuse = error instanceof Misuse || code?.startsWith('ERR_PARSE_ARGS') === true; // the latter: of parseArgs()
    process.stderr.write(misuse ? `${message} See --help.\n` : `${stack}\n`);
    process.exitCode = misuse ? misuseCode : 1;
  } finally {
    await cleanUp();
  }
}
