// A run in a process of its own, on a store of its own that goes with it.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../common/children.js';
import type { Message, Task } from './tasks.js';

const program = join(dirname(fileURLToPath(import.meta.url)), 'program.js');

/** `task`: all of it but the place of the store. Values that were not what they should be end the benchmark. */
export async function measured<Kind extends Message['kind']>(
  directory: string,
  task: Task,
  kind: Kind,
): Promise<Extract<Message, { kind: Kind }>> {
  const place = join(directory, 'store');
  mkdirSync(place, { recursive: true });
  try {
    const child = new Program<Message>(program, { ...task, directory: place });
    const message = await child.told(kind);
    await child.ended();
    if (message.wrong > 0) throw new Error(`${message.wrong} wrong values`);
    return message;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
