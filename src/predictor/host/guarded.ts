// A predictor under guard: whatever it does, a call ends with a checked answer or with none, and the failure has its name on it.
//
// After a failure it rests, longer each time that it fails soon again, and is then created anew with the state that it saved last;
// without that, if it failed before it had predicted anything with it. One that refuses its state begins without it at once.
import type { Described, FaultReason, HookName, Runner } from './hooks.js';
import { messageOf, PluginFault } from './hooks.js';
import { checkedState } from './output-checks.js';

const restMs = 10_000;
const restMaxMs = 600_000;

/** A failure, as it is told. */
export interface Failure {
  readonly predictor: string;
  readonly hook: HookName | 'import';
  readonly reason: FaultReason;
  readonly message: string;
}

export interface GuardOptions {
  /** What it is called until it has told its name. */
  readonly plugin: string;
  readonly runner: Runner;
  nowMs(): number;
  /** What it has saved in an earlier process; asked once. */
  stateOf?(described: Described): Promise<Uint8Array | undefined>;
  failed(failure: Failure): void;
}

export class Guarded {
  /** Where it is known: it has been created once. */
  described: Described | undefined;
  failures = 0;
  last: Failure | undefined;
  /** Milliseconds of all its hooks. */
  workMs = 0;
  calls = 0;
  /** What it saved last. */
  state: Uint8Array | undefined;
  #inARow = 0;
  #restsUntil = 0;
  #failedMs = -Infinity;
  #open = false;
  /** Since it was created, it has predicted nothing. */
  #fresh = true;
  #closed = false;

  constructor(readonly options: GuardOptions) {}

  get name(): string {
    return this.described?.name ?? this.options.plugin;
  }
  get resting(): boolean {
    return this.failures > 0 && !this.#open;
  }

  has(hook: HookName): boolean {
    return this.described?.hooks.includes(hook) === true;
  }

  /** Whether it can be asked; it is created, if it is time for that. */
  async ready(): Promise<boolean> {
    if (this.#open || this.#closed) return this.#open;
    if (this.options.nowMs() < this.#restsUntil) return false;
    const described = await this.#guard('import', () => this.options.runner.open());
    if (described === undefined) return false;
    if (this.described === undefined && described.hooks.includes('load')) await this.#remember(described);
    this.described = described;
    this.#open = true;
    this.#fresh = true;
    return this.#loaded();
  }

  /** Calls a hook, with a copy of what it is given. Undefined: it does not have the hook, or it failed, or it rests. */
  async call<Result>(hook: HookName, argument: object | number, check: (output: unknown) => Result): Promise<Result | undefined> {
    if (!(await this.ready()) || !this.has(hook) || !this.#hasColumns(argument)) return undefined;
    const result = await this.#guard(hook, async () => check(await this.options.runner.call(hook, this.#own(argument))));
    if (result !== undefined && hook === 'predict') this.#fresh = false;
    return result;
  }

  /** Its state, to be kept with the store; also for when it must be created anew. */
  async save(): Promise<Uint8Array | undefined> {
    if (!this.#open) return undefined;
    const state = await this.call('save', 0, checkedState);
    if (state !== undefined) this.state = state;
    return state;
  }

  async end(): Promise<void> {
    this.#closed = true;
    this.#open = false;
    await this.options.runner.end();
  }

  /** Notes a failure that was seen from outside. */
  async fail(fault: PluginFault): Promise<void> {
    const failure = { predictor: this.name, hook: fault.hook, reason: fault.reason, message: fault.message };
    const nowMs = this.options.nowMs();
    this.failures++;
    this.last = failure;
    if (this.#fresh) this.state = undefined;
    if (nowMs - this.#failedMs > 2 * restMaxMs) this.#inARow = 0;
    this.#open = false;
    this.#failedMs = nowMs;
    this.#restsUntil = nowMs + Math.min(restMaxMs, restMs * 2 ** this.#inARow++);
    this.options.failed(failure);
    await this.options.runner.end().catch(() => {});
  }

  /** It may have told only after the batch was begun what it wants. */
  #hasColumns(argument: object | number): boolean {
    if (typeof argument === 'number' || !('columns' in argument)) return true;
    return this.described!.columns.every((name) => Object.hasOwn(argument.columns as object, name));
  }

  /** Only the columns that it wants. */
  #own(argument: unknown): unknown {
    if (typeof argument !== 'object' || argument === null || !('columns' in argument)) return argument;
    const columns = argument.columns as Record<string, unknown>;
    return { ...argument, columns: Object.fromEntries(this.described!.columns.map((name) => [name, columns[name]])) };
  }

  /** Its buffer holds nothing else: a predictor may lay views over it. */
  async #remember(described: Described): Promise<void> {
    const state = await this.options.stateOf?.(described);
    this.state = state && new Uint8Array(state);
  }

  /** With its state, if there is one and it takes it; without otherwise. */
  async #loaded(): Promise<boolean> {
    if (this.state === undefined || !this.has('load')) return true;
    const state = this.state;
    const loaded = await this.#guard('load', async () => {
      await this.options.runner.call('load', state);
      return true;
    });
    if (loaded === undefined) this.#restsUntil = 0;
    return loaded === true;
  }

  async #guard<Result>(hook: HookName | 'import', work: () => Promise<Result>): Promise<Result | undefined> {
    const began = performance.now();
    try {
      return await work();
    } catch (error) {
      const fault = error instanceof PluginFault ? error : new PluginFault(hook, 'threw', messageOf(error));
      await this.fail(hook === 'load' ? new PluginFault('load', 'state', fault.message) : fault);
      return undefined;
    } finally {
      this.workMs += performance.now() - began;
      this.calls++;
    }
  }
}
