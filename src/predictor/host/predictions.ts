// The owner's side of predicting: hands windows of accesses to the thread that predicts, and its orders to the store. Whatever becomes
// of that thread, the store is not held up: it keeps the last order, and the thread is begun anew.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorOfNumber, foreshardError } from '../../errors/index.js';
import type { Driver } from '../../store/index.js';
import type { Decision } from './decisions.js';
import type { AnalystData, Asked, Banned, PredictorFigures, ProfileTold, Told } from './messages.js';
import { messageOf, type FaultReason } from './hooks.js';
import type { PredictorPolicy } from './options.js';
import { Pulse, type Beat } from './pulse.js';
import { processSigns, recoveryFacts } from './signs.js';

/** What a predicting store needs beside its policy. */
export interface PredictionsOptions {
  readonly policy: PredictorPolicy;
  /** Budget of the fast-restore image, in bytes. */
  readonly fastBudget: number;
  /** Modules: of the thread that predicts, and of those of predictors. */
  readonly threads: { readonly analyst: URL; readonly plugin: URL };
}

/** A decision, and when: Unix milliseconds. */
export type Decided = Decision & { readonly time: number };

const lookMs = 200;
const signsEveryMs = 1000;
const windowAccesses = 4096;
/** Kept until the thread begins, in bytes: what is asked for first after a restart. */
const waitingMax = 2 ** 19;
/** Buffers that are under way to the thread. */
const underWayMax = 2;
const decidedKept = 256;
const closeMs = 5000;
/** Deadlines of a hook, until the thread is taken to hang in it. */
const hungAfter = 1.5;
const restartMs = 1000;
const restartMaxMs = 300_000;

/** Of takeWindows(), and when: Unix milliseconds. */
interface Taken {
  readonly bytes: Buffer;
  readonly takenMs: number;
}

/** A question to the thread that was not answered yet. */
interface Asking {
  resolve(profile: ProfileTold): void;
  reject(error: Error): void;
}

/** A program that was given as text says so to Node.js, which refuses that for a thread that is a file. */
function threadArguments(): { execArgv?: string[] } {
  return process.execArgv.some((argument) => argument.startsWith('--input-type')) ? { execArgv: [] } : {};
}

export class Predictions {
  readonly #driver: Driver;
  readonly #options: PredictionsOptions;
  readonly #pulse = new Pulse();
  readonly #banned: Banned[] = [];
  readonly #log: Decided[] = [];
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  #underWay = 0;
  #figures: PredictorFigures | undefined;
  #began = 0;
  #waiting: Taken[] = [];
  #signsMs = 0;
  #openedMs = 0;
  readonly #asking = new Map<number, Asking>();
  #askings = 0;
  #restarts = 0;
  #startsMs = 0;
  #beat: { readonly beat: Beat; readonly sinceMs: number } | undefined;
  #closed: (() => void) | undefined;

  constructor(driver: Driver, options: PredictionsOptions) {
    this.#driver = driver;
    this.#options = options;
  }

  /** Watches the accesses from now on, without keeping the process alive. */
  start(): void {
    const { accessesPerSecond } = this.#options.policy;
    const refused = this.#driver.native.watchAccesses(windowAccesses, Math.ceil(accessesPerSecond / windowAccesses));
    if (refused !== undefined) throw errorOfNumber(-refused, this.#driver.native.takeDetail(), {});
    this.#began = performance.now();
    this.#openedMs = Date.now();
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** What was learned is kept; waits for that, but not for long. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#sendLast();
    this.#worker = undefined;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, closeMs);
      this.#closed = () => {
        clearTimeout(timer);
        resolve();
      };
      worker.ref();
      worker.postMessage({ kind: 'close' } satisfies Asked, []);
    });
    await worker.terminate();
  }

  /** Hashes, their upper 52 bits, of keys that come first in the order from now on; none takes them back. */
  expect(keys: Float64Array): void {
    this.#ask({ kind: 'expect', keys });
  }

  /** The recovery profile, and where in the order some keys are. Rejects with FORESHARD_ABORTED if the thread ends before it answers. */
  profile(keys: readonly number[] = []): Promise<ProfileTold> {
    const number = this.#askings++;
    return new Promise((resolve, reject) => {
      this.#asking.set(number, { resolve, reject });
      this.#ask({ kind: 'profile', number, keys });
      this.#worker!.ref();
    });
  }

  get figures(): PredictorFigures | undefined {
    return this.#figures;
  }
  /** The latest last. */
  get log(): readonly Decided[] {
    return this.#log;
  }

  #look(): void {
    if (this.#driver.closing) return clearInterval(this.#timer);
    this.#findHung();
    if (this.#underWay >= underWayMax) return;
    const bytes = this.#driver.native.takeWindows();
    if (bytes !== undefined) this.#waiting.push({ bytes, takenMs: Date.now() });
    if (this.#worker === undefined && !this.#mayStart()) return;
    this.#worker ??= this.#begin();
    this.#tellSigns();
    for (const taken of this.#waiting.splice(0)) this.#send(taken);
  }

  /** Until the thread begins, the first windows wait here. A store that is not used needs none. */
  #mayStart(): boolean {
    const sinceOpen = performance.now() - this.#began;
    if (this.#waiting.length > 0 && sinceOpen >= this.#options.policy.startAfterMs && performance.now() >= this.#startsMs) return true;
    let bytes = 0;
    const kept = this.#waiting.findIndex((taken) => (bytes += taken.bytes.byteLength) > waitingMax);
    if (kept >= 0) this.#waiting.splice(kept);
    return false;
  }

  #begin(): Worker {
    const { policy, fastBudget, threads } = this.#options;
    const data: AnalystData = {
      policy,
      stateDirectory: join(this.#driver.directory, 'predictors'),
      from: process.cwd(),
      fastBytes: fastBudget * policy.budgetShare,
      pulse: this.#pulse.shared,
      recovery: recoveryFacts(this.#driver, this.#openedMs),
      pluginThread: threads.plugin.href,
      banned: this.#banned,
    };
    const worker = new Worker(threads.analyst, { workerData: data, ...threadArguments() });
    worker.unref();
    worker.on('message', (told: Told) => this.#told(told));
    let why = 'it ended';
    worker.on('error', (error) => (why = messageOf(error)));
    worker.on('exit', () => this.#ended(worker, why));
    this.#underWay = 0;
    return worker;
  }

  #send({ bytes, takenMs }: Taken): void {
    const buffer = bytes.buffer as ArrayBuffer;
    this.#underWay++;
    this.#worker!.postMessage({ kind: 'windows', bytes: buffer, takenMs } satisfies Asked, [buffer]);
  }

  /** The thread begins, if it has not. */
  #ask(asked: Asked): void {
    this.#worker ??= this.#begin();
    this.#worker.postMessage(asked, []);
  }

  #answer(number: number, settle: (asking: Asking) => void): void {
    const asking = this.#asking.get(number);
    this.#asking.delete(number);
    if (asking) settle(asking);
    if (this.#asking.size === 0) this.#worker?.unref();
  }

  /** What came since the last look. */
  #sendLast(): void {
    this.#signsMs = -Infinity;
    this.#tellSigns();
    const bytes = this.#driver.native.takeWindows();
    if (bytes !== undefined) this.#send({ bytes, takenMs: Date.now() });
  }

  #told(told: Told): void {
    if (told.kind === 'closed') return this.#closed?.();
    if (told.kind === 'profile') return this.#answer(told.number, ({ resolve }) => resolve(told.profile));
    if (told.kind === 'decided') return this.#note(told.decision);
    if (told.kind === 'order') return this.#set(told.hashes);
    this.#underWay--;
    this.#figures = told.figures;
  }

  #set(hashes: Uint8Array): void {
    if (this.#driver.closing) return;
    const refused = this.#driver.native.setPredicted(hashes, this.#options.policy.budgetShare);
    this.#driver.afterCall();
    if (refused === undefined) return;
    const { message } = errorOfNumber(-refused, this.#driver.native.takeDetail(), {});
    this.#note({ change: 'unsaved', predictor: '', serving: this.#figures?.serving ?? '', reason: message });
  }

  #note(decision: Decision): void {
    const decided = { ...decision, time: Date.now() };
    this.#log.push(decided);
    if (this.#log.length > decidedKept) this.#log.shift();
    this.#driver.emitter.emit('predictor', { type: 'predictor', ...decided });
  }

  /** An inline hook that was under way long ago, and still is. */
  #findHung(): void {
    const { beat } = this.#pulse;
    const now = performance.now();
    if (beat === undefined || beat.call !== this.#beat?.beat.call) {
      this.#beat = beat && { beat, sinceMs: now };
      return;
    }
    if (now - this.#beat.sinceMs > hungAfter * this.#options.policy.deadlineMs) void this.#worker?.terminate();
  }

  /** It has ended, by itself or as it hung: what was under way then is to blame. */
  #ended(worker: Worker, why: string): void {
    for (const number of Array.from(this.#asking.keys()))
      this.#answer(number, ({ reject }) => reject(foreshardError('aborted', `the thread that predicts has ended: ${why}`)));
    if (this.#worker !== worker) return this.#closed?.();
    this.#worker = undefined;
    const { beat } = this.#pulse;
    const hung = this.#beat !== undefined && beat?.call === this.#beat.beat.call;
    if (beat !== undefined) this.#ban(beat, hung ? 'timeout' : 'exit', hung ? 'never returned' : why);
    this.#pulse.end();
    const serving = this.#figures?.serving ?? '';
    if (beat === undefined) this.#note({ change: 'restarted', predictor: '', serving, reason: why });
    if (performance.now() - this.#startsMs > restartMaxMs) this.#restarts = 0;
    this.#startsMs = performance.now() + Math.min(restartMaxMs, restartMs * 2 ** this.#restarts++);
  }

  #ban({ place, hook }: Beat, reason: FaultReason, message: string): void {
    this.#banned.push({ place, fault: { hook, reason, message: `${message}; from now on it has a thread of its own` } });
  }

  #tellSigns(): void {
    const now = performance.now();
    if (now - this.#signsMs < signsEveryMs) return;
    this.#signsMs = now;
    const { signals, storeBytes } = processSigns(this.#driver);
    this.#pulse.storeBytes = storeBytes;
    const recovery = recoveryFacts(this.#driver, this.#openedMs);
    this.#worker!.postMessage({ kind: 'signs', signals, recovery } satisfies Asked, []);
  }
}
