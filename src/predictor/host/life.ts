// When a process last was alive, in a file of state: the next one knows by it how long it lived, and when it ended.
import type { StateFiles } from '../state-files.js';

const file = 'life';

/** Unix milliseconds; -1: not known. */
export interface Life {
  readonly openedMs: number;
  readonly aliveMs: number;
  /** Up to when predictors of failure were taught. */
  readonly taughtMs: number;
}

const unknown: Life = { openedMs: -1, aliveMs: -1, taughtMs: -1 };
const fields = Object.keys(unknown) as (keyof Life)[];

export async function readLife(files: StateFiles): Promise<Life> {
  const bytes = await files.read(file);
  if (bytes === undefined) return unknown;
  const life = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  return Object.fromEntries(fields.map((name) => [name, typeof life[name] === 'number' ? life[name] : -1])) as unknown as Life;
}

export const writeLife = (files: StateFiles, life: Life): Promise<void> => files.write(file, Buffer.from(JSON.stringify(life)));
