// The thread that predicts, as its owner holds it: begun when it is wanted, ended when it hangs, and begun anew after that.
import { Worker } from 'node:worker_threads';
import { messageOf } from './hooks.js';
import { heapBytes } from './memory-watch.js';
import type { AnalystData, Asked, Blame, Told } from './messages.js';
import type { Pulse } from './pulse.js';
import { Watchdog, type Hang } from './watchdog.js';
import { within } from './within.js';

const closeMs = 5000;
/** A thread whose predictors are in a call of the system cannot be ended. */
const endMs = 1000;
/** Heap beside what a predictor may hold: the features lie outside of it. */
const ownHeapBytes = 2 ** 29;
const restartMs = 1000;
const restartMaxMs = 300_000;

/** A process that was given its code by --eval hands on an option with which a thread cannot run a file. */
const isEvaluated = (): boolean => process.execArgv.some((option) => option.startsWith('--input-type'));

export interface AnalystThreadOptions {
  /** The module that runs in it. */
  readonly module: URL;
  readonly data: Omit<AnalystData, 'pulse' | 'apart' | 'blamed'>;
  readonly pulse: Pulse;
  /** Between two calls of look(). */
  readonly lookMs: number;
  told(told: Told): void;
  /** It ended, and not by stop(); why, if none of the predictors was it. */
  ended(reason: string | undefined): void;
}

export class AnalystThread {
  readonly #options: AnalystThreadOptions;
  #worker: Worker | undefined;
  #watchdog: Watchdog | undefined;
  #hang: Hang | undefined;
  #restarts = 0;
  #startsMs = 0;
  #apart: number[] | 'all' = [];
  #blamed: readonly Blame[] = [];
  /** Of the predictors, by place. */
  #names: readonly string[] = [];
  #closed: (() => void) | undefined;

  constructor(options: AnalystThreadOptions) {
    this.#options = options;
  }

  get runs(): boolean {
    return this.#worker !== undefined;
  }
  /** It has run before. */
  get isLost(): boolean {
    return !this.runs && this.#restarts > 0;
  }
  get mayBegin(): boolean {
    return performance.now() >= this.#startsMs;
  }

  /** It may be that the system refuses a thread: that is told as its end. */
  begin(): void {
    const { module, data, pulse, lookMs } = this.#options;
    const { memoryLimit } = data.policy;
    const workerData: AnalystData = { ...data, pulse: pulse.shared, apart: this.#apart, blamed: this.#blamed };
    const resourceLimits = { maxOldGenerationSizeMb: (ownHeapBytes + heapBytes(memoryLimit)) / 2 ** 20 };
    try {
      const execArgv = isEvaluated() ? { execArgv: [] } : {};
      const worker = new Worker(module, { workerData, resourceLimits, ...execArgv });
      let error: Error | undefined;
      worker.on('message', (message: Told) => this.#told(message));
      worker.on('error', (thrown: Error) => (error = thrown));
      worker.on('exit', () => this.#exited(error));
      // Last, as whoever listens to messages keeps the process alive.
      worker.unref();
      this.#worker = worker;
      this.#watchdog = new Watchdog(pulse, { ...data.policy, lookMs });
      this.#blamed = [];
    } catch (error) {
      this.#lost(messageOf(error));
    }
  }

  /** Of one that runs. */
  send(asked: Asked, transfer: ArrayBuffer[] = []): void {
    this.#worker!.postMessage(asked, transfer);
  }

  /** Ends it if it hangs. */
  look(): void {
    if (!this.#worker) return;
    this.#hang ??= this.#watchdog!.look();
    if (this.#hang) void this.#worker.terminate();
  }

  /** What was learned is kept; waits for that, but not for long. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const closed = new Promise<void>((resolve) => (this.#closed = resolve));
    const timer = setInterval(() => this.look(), this.#options.lookMs);
    worker.ref();
    this.send({ kind: 'close' });
    await within(closeMs, closed);
    clearInterval(timer);
    await within(endMs, worker.terminate());
    worker.unref();
  }

  #told(told: Told): void {
    if (told.kind === 'closed') this.#closed?.();
    if (told.kind === 'begun') this.#names = told.figures.standings.map(({ name }) => name);
    this.#options.told(told);
  }

  #exited(error: Error | undefined): void {
    this.#worker = undefined;
    if (this.#closed) return this.#closed();
    const { beat, reason, message } = this.#hang ?? this.#endOf(error);
    this.#hang = undefined;
    this.#options.pulse.end();
    if (beat === undefined) {
      this.#apart = 'all';
      return this.#lost(message);
    }
    const { place, hook } = beat;
    if (this.#apart !== 'all') this.#apart.push(place);
    const said = `${message}; from now on it has a thread of its own`;
    this.#blamed = [{ place, predictor: this.#names[place], hook, reason, message: said }];
    this.#lost(undefined);
  }

  /** What is thrown beside all hooks is not that of the hook under way, unless there is no memory left. */
  #endOf(error: Error | undefined): Hang {
    const { beat } = this.#options.pulse;
    if (error === undefined) return { beat, reason: 'exit', message: 'it ended' };
    const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
    return { beat: isMemory ? beat : undefined, reason: 'memory', message: messageOf(error) };
  }

  /** Ever later, if it goes on like that. */
  #lost(reason: string | undefined): void {
    const now = performance.now();
    if (now - this.#startsMs > restartMaxMs) this.#restarts = 0;
    this.#startsMs = now + Math.min(restartMaxMs, restartMs * 2 ** this.#restarts++);
    this.#options.ended(reason);
  }
}
