// Recoveries: each on a fresh copy of the crashed store, in a fresh process, with a cold page cache where permitted.
import { startChild } from './children.js';
import { recoveryUses, type Measured, type Message, type RecoveryUse } from './messages.js';
import type { Options } from './options.js';
import { copyStore, dropPageCache, type Place } from './place.js';

export interface Attempt {
  readonly use: RecoveryUse;
  readonly cacheDropped: boolean;
  readonly measured: Measured | undefined;
  /** Why it failed. */
  readonly failure: string | undefined;
}

/** What is to be recovered, and how. */
export interface Crashed {
  readonly place: Place;
  /** In the accesses. */
  readonly position: number;
  readonly options: Options;
}

/** So that the measured process finds Node.js and its modules in memory, as after the crash of a process. */
async function loadProgram(): Promise<void> {
  await startChild('restorer.js', [], () => {}).ended;
}

async function attempt(crashed: Crashed, use: RecoveryUse, show: (step: string) => void): Promise<Attempt> {
  const { place, position, options } = crashed;
  show('copying the crashed store');
  copyStore(place);
  const cacheDropped = !options.keepCache && dropPageCache();
  if (cacheDropped) await loadProgram();
  let measured: Measured | undefined;
  let failure: string | undefined;
  const hear = (message: Message) => {
    if (message.type === 'restoring') show(message.step);
    if (message.type === 'failed') failure = message.why;
    if (message.type === 'measured') measured = message;
  };
  const numbers = [position, options.warmSeconds * 1000].map(String);
  const child = startChild('restorer.js', [place.workload, place.copy, place.journal, use, ...numbers], hear);
  const { code, signal } = await child.ended;
  if (measured === undefined || code !== 0) failure ??= `the process ended with ${signal ?? code}`;
  return { use, cacheDropped, measured, failure };
}

/** The ways take turns in going first. */
export async function restoreAll(crashed: Crashed, show: (text: string) => void): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  const { repeat } = crashed.options;
  for (let round = 0; round < repeat; round++) {
    for (let turn = 0; turn < recoveryUses.length; turn++) {
      const use = recoveryUses[(round + turn) % recoveryUses.length]!;
      const number = `${attempts.length + 1} of ${repeat * recoveryUses.length}`;
      attempts.push(await attempt(crashed, use, (step) => show(`recovery ${number} (${use}): ${step}`)));
    }
  }
  return attempts;
}
