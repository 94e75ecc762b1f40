// The owner's side of predicting: hands windows of accesses to the thread that predicts, and its orders to the store. Whatever
// becomes of that thread, the store is not held up: it keeps the last order, and the thread is begun anew.
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { errorOfNumber, foreshardError } from '../../errors/index.js';
import type { Driver } from '../../store/index.js';
import { AnalystThread } from './analyst-thread.js';
import type { Decision } from './decisions.js';
import type { Asked, PredictorFigures, ProfileTold, Told } from './messages.js';
import type { PredictorPolicy } from './options.js';
import { Pulse } from './pulse.js';
import { processSigns, recoveryFacts, type ProcessSigns } from './signs.js';

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
const windowAccesses = 4096;
/** Kept until the thread begins, in bytes: what is asked for first after a restart. */
const waitingMax = 2 ** 19;
const signsEveryMs = 1000;
/** Buffers that are under way to the thread. */
const underWayMax = 2;
const decidedKept = 256;

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

/** It may have been removed. */
function workingDirectory(otherwise: string): string {
  try {
    return process.cwd();
  } catch {
    return otherwise;
  }
}

/** Bytes of the stores of this thread that are predicted for, as of their last look: what they take is no predictor's. */
const storeBytes = new Map<Driver, number>();

/** Of these stores, and of this thread. */
function ownBytes(): number {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  return [...storeBytes.values()].reduce((sum, bytes) => sum + bytes, heap + external);
}

export class Predictions {
  readonly #driver: Driver;
  readonly #policy: PredictorPolicy;
  readonly #pulse = new Pulse();
  readonly #thread: AnalystThread;
  readonly #log: Decided[] = [];
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  #figures: PredictorFigures | undefined;
  #began = 0;
  #openedMs = 0;
  #waiting: Taken[] = [];
  #signsMs = -Infinity;
  readonly #asking = new Map<number, Asking>();
  #askings = 0;

  constructor(driver: Driver, { policy, fastBudget, threads }: PredictionsOptions) {
    this.#driver = driver;
    this.#policy = policy;
    const data = {
      policy,
      stateDirectory: join(driver.directory, 'predictors'),
      from: workingDirectory(driver.directory),
      fastBytes: fastBudget * policy.budgetShare,
      pluginThread: threads.plugin.href,
    };
    const told = (message: Told) => this.#told(message);
    const ended = (reason: string | undefined) => this.#ended(reason);
    const recovery = () => recoveryFacts(driver, this.#openedMs);
    this.#thread = new AnalystThread({ module: threads.analyst, data, pulse: this.#pulse, lookMs, recovery, told, ended });
  }

  /** Watches the accesses from now on, without keeping the process alive. */
  start(): void {
    const { accessesPerSecond } = this.#policy;
    const refused = this.#driver.native.watchAccesses(windowAccesses, Math.ceil(accessesPerSecond / windowAccesses));
    if (refused !== undefined) throw errorOfNumber(-refused, this.#driver.native.takeDetail(), {});
    this.#began = performance.now();
    this.#openedMs = Date.now();
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** What was learned is kept; waits for that, but not for long. */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#thread.runs) this.#sendLast();
    storeBytes.delete(this.#driver);
    return this.#thread.stop();
  }

  /** Hashes, their upper 52 bits, of keys that come first in the order from now on; none takes them back. */
  expect(keys: Float64Array): void {
    this.#ask({ kind: 'expect', keys });
  }

  /** The recovery profile, and where in the order some keys are. Rejects with FORESHARD_ABORTED if the thread ends before. */
  profile(keys: readonly number[] = []): Promise<ProfileTold> {
    const number = this.#askings++;
    return new Promise((resolve, reject) => {
      this.#asking.set(number, { resolve, reject });
      this.#ask({ kind: 'profile', number, keys });
      this.#thread.hold(true);
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
    if (this.#driver.closing) return;
    const signs = processSigns(this.#driver);
    storeBytes.set(this.#driver, signs.storeBytes);
    this.#pulse.tellOwnerBytes(ownBytes());
    this.#thread.look();
    if (this.#underWay >= underWayMax) return;
    const bytes = this.#driver.native.takeWindows();
    if (bytes !== undefined) this.#waiting.push({ bytes, takenMs: Date.now() });
    if (!this.#thread.runs && this.#mayBegin()) this.#begin();
    if (!this.#thread.runs) return;
    this.#sendSigns(signs);
    for (const taken of this.#waiting.splice(0)) this.#send(taken);
  }

  /** What the owner has then is not what the thread takes. */
  #begin(): void {
    this.#pulse.tellOwnerBytes(ownBytes());
    this.#thread.begin();
  }

  /** Until the thread begins, the first windows wait here. A store that is not used needs none. */
  #mayBegin(): boolean {
    const isTime = performance.now() - this.#began >= this.#policy.startAfterMs && this.#thread.mayBegin;
    if (isTime && this.#waiting.length > 0) return true;
    let bytes = 0;
    const kept = this.#waiting.findIndex((taken) => (bytes += taken.bytes.byteLength) > waitingMax);
    if (kept >= 0) this.#waiting.splice(kept);
    return false;
  }

  /** The thread begins, if it has not; where it cannot, whoever waits is told at once. */
  #ask(asked: Asked): void {
    if (!this.#thread.runs) this.#begin();
    if (this.#thread.runs) this.#thread.send(asked);
  }

  #sendSigns({ signals }: ProcessSigns): void {
    const now = performance.now();
    if (now - this.#signsMs < signsEveryMs) return;
    this.#signsMs = now;
    this.#thread.send({ kind: 'signs', signals, recovery: recoveryFacts(this.#driver, this.#openedMs) });
  }

  /** What came since the last look. */
  #sendLast(): void {
    this.#signsMs = -Infinity;
    this.#sendSigns(processSigns(this.#driver));
    const bytes = this.#driver.native.takeWindows();
    if (bytes !== undefined) this.#send({ bytes, takenMs: Date.now() });
  }

  #send({ bytes, takenMs }: Taken): void {
    const buffer = bytes.buffer as ArrayBuffer;
    this.#underWay++;
    this.#thread.send({ kind: 'windows', bytes: buffer, takenMs }, [buffer]);
  }

  #told(told: Told): void {
    if (told.kind === 'decided') this.#note(told.decision);
    if (told.kind === 'order') this.#set(told.hashes);
    if (told.kind === 'done') this.#underWay--;
    if (told.kind === 'profile') this.#answer(told.number, ({ resolve }) => resolve(told.profile));
    if ('figures' in told) this.#figures = told.figures;
  }

  #answer(number: number, settle: (asking: Asking) => void): void {
    const asking = this.#asking.get(number);
    this.#asking.delete(number);
    if (asking) settle(asking);
    this.#thread.hold(this.#asking.size > 0);
  }

  #set(hashes: Uint8Array): void {
    if (this.#driver.closing) return;
    const refused = this.#driver.native.setPredicted(hashes, this.#policy.budgetShare);
    this.#driver.afterCall();
    if (refused === undefined) return;
    const { message } = errorOfNumber(-refused, this.#driver.native.takeDetail(), {});
    this.#note({ change: 'unsaved', predictor: '', serving: this.#serving, reason: message });
  }

  #ended(reason: string | undefined): void {
    this.#underWay = 0;
    const aborted = () => foreshardError('aborted', 'the thread that predicts has ended');
    for (const number of Array.from(this.#asking.keys())) this.#answer(number, ({ reject }) => reject(aborted()));
    if (reason !== undefined) this.#note({ change: 'restarted', predictor: '', serving: this.#serving, reason });
  }

  get #serving(): string {
    return this.#figures?.serving ?? '';
  }

  #note(decision: Decision): void {
    const decided = { ...decision, time: Date.now() };
    this.#log.push(decided);
    if (this.#log.length > decidedKept) this.#log.shift();
    this.#driver.emitter.emit('predictor', { type: 'predictor', ...decided });
  }
}
