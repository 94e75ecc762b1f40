// What the child processes tell the parent.
import type { Milestones } from './milestones.js';
import type { Verdict } from './verify.js';

export type RecoveryUse = 'fast' | 'standard' | 'log';
export const recoveryUses: readonly RecoveryUse[] = ['fast', 'standard', 'log'];

/** The writing process, ten times a second. */
export interface WriterProgress {
  readonly type: 'writing';
  readonly phase: 'load' | 'traffic';
  readonly loaded: number;
  readonly reads: number;
  readonly writes: number;
  /** Answers that were absent, of another key, or older than an acknowledged write. Must be 0. */
  readonly wrong: number;
  /** Place in the accesses. */
  readonly position: number;
}

/** The restoring process: what it is doing. */
export interface RestorerProgress {
  readonly type: 'restoring';
  readonly step: 'serving' | 'verifying' | 'closing';
}

export interface Measured {
  readonly type: 'measured';
  readonly use: RecoveryUse;
  /** Requests served in each bin since just before open(). */
  readonly bins: number[];
  readonly milestones: Milestones;
  readonly served: number;
  readonly verdict: Verdict;
  /** Answers while it recovered that were absent, or were checked in full and wrong. */
  readonly wrongAnswers: number;
  readonly checkedAnswers: number;
  readonly found: Found;
}

/** Where the data came from. */
export interface Found {
  readonly index: string;
  readonly tailBytes: number;
  readonly tailRecords: number;
  readonly fastBytes: number;
  readonly fastRecords: number;
  readonly restBytes: number;
  readonly hotMs: number;
  readonly fullMs: number;
  readonly damage: number;
  readonly io: string;
  readonly direct: boolean;
}

export interface Failed {
  readonly type: 'failed';
  readonly why: string;
}

export type Message = WriterProgress | RestorerProgress | Measured | Failed;

/** To the parent; without one, nobody listens. */
export function tell(message: Message): void {
  if (process.connected) process.send!(message);
}

/** Settles when the message is on its way, so that the process may end. */
export function tellAtLast(message: Message): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(message, () => resolve());
    else resolve();
  });
}

/** Runs a child's work: its failure is told, and it ends when its parent does. */
export async function childProcess(work: () => Promise<void>): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  try {
    await work();
  } catch (error) {
    const { code, message, stack } = error as NodeJS.ErrnoException;
    await tellAtLast({ type: 'failed', why: code?.startsWith('FORESHARD_') ? `${code}: ${message}` : String(stack) });
    process.exit(1);
  }
  process.exit(0);
}
