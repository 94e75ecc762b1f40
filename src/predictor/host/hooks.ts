// What a host asks of a predictor, wherever that runs: who it is, and its hooks by name.
import type { Role } from '../catalogue/index.js';

export const hookNames = ['observe', 'propose', 'learn', 'predict', 'save', 'load'] as const;
export type HookName = (typeof hookNames)[number];

/** What a predictor is, as far as it can be told to another thread. */
export interface Described {
  readonly name: string;
  readonly role: Role;
  readonly columns: readonly string[];
  readonly version: number;
  readonly runs: 'inline' | 'pool';
  /** The hooks that it has. */
  readonly hooks: readonly HookName[];
}

/** What went wrong with a predictor. 'exit': it ended its thread; 'state': what it had saved could not be loaded. */
export type FaultReason = 'threw' | 'output' | 'timeout' | 'memory' | 'exit' | 'state';

/** A failure of a predictor; the message is about it alone, name and hook are told beside. */
export class PluginFault extends Error {
  constructor(
    readonly hook: HookName | 'import',
    readonly reason: FaultReason,
    message: string,
  ) {
    super(message);
    this.name = 'PluginFault';
  }
}

/** Where a predictor runs. Calls must not overlap. */
export interface Runner {
  /** Imports and creates it, in a state as if it were new. Rejects with a PluginFault. */
  open(): Promise<Described>;
  /** What the hook gave, unchecked. Rejects with a PluginFault; open() must follow then. */
  call(hook: HookName, argument: unknown): Promise<unknown>;
  /** Ends its thread, if it has one. */
  end(): Promise<void>;
}

/** The hooks of whose answers there is any use; what the others give is let go. */
const answering = new Set<HookName>(['propose', 'predict', 'save']);
export const isAnswering = (hook: HookName): boolean => answering.has(hook);

/** Importing a module, and maybe starting a thread for it, on a busy machine. */
const importMs = 10_000;

/** How long a hook may take where others have the deadline. */
export const limitMsOf = (hook: HookName | 'import', deadlineMs: number): number =>
  hook === 'import' ? Math.max(importMs, deadlineMs) : deadlineMs;

const messageLengthMax = 1000;

/** Of whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, messageLengthMax);
  } catch {
    return 'what cannot be put into words';
  }
}
