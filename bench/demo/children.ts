// Runs the child processes, and sees to it that none outlives the parent.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Message } from './messages.js';

const running = new Set<ChildProcess>();

export interface Child {
  readonly process: ChildProcess;
  /** How it ended, when its last message has come. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts a program that lies beside this file. `descriptor` becomes its descriptor 4; 3 is for messages. */
export function startChild(
  program: string,
  args: string[],
  hear: (message: Message) => void,
  descriptor?: number,
): Child {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc', descriptor ?? 'ignore'] });
  running.add(child);
  child.on('message', (message) => hear(message as Message));
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return { code, signal } as Awaited<Child['ended']>;
  });
  return { process: child, ended };
}

export const journalDescriptor = 4;

export async function killChildren(): Promise<void> {
  const all = [...running];
  for (const child of all) child.kill('SIGKILL');
  await Promise.all(
    all.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined)),
  );
}
