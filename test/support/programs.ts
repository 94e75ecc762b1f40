// Programs that tests run in processes and threads of their own. Each is a module beside this file.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const here = dirname(fileURLToPath(import.meta.url));

/** The file of a program, for Worker and spawn. */
export const programFile = (name: string): string => join(here, `${name}.js`);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the output holds the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts a program in a process. */
export function start(name: string, ...args: string[]): Running {
  return run(programFile(name), ...args);
}

/** Starts a file in a process of Node. */
export function run(file: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, output }));
  const said = async (text: string) => {
    for (;;) {
      if (output.includes(text)) return;
      const more = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
      if (!more && !output.includes(text)) throw new Error(`the program ended without "${text}": ${output}`);
    }
  };
  return { process: child, said, ended };
}

/** Starts a program in a worker thread. */
export function startWorker(name: string, workerData: unknown): Worker {
  return new Worker(programFile(name), { workerData });
}
