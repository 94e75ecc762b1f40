// The owner's side of predicting: hands windows of accesses to the thread that predicts, and its orders to the store. Whatever
// becomes of that thread, the store is not held up: it keeps the last order, and the thread is begun anew.
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { errorOfNumber } from '../../errors/index.js';
import type { Driver } from '../../store/index.js';
import { AnalystThread } from './analyst-thread.js';
import type { Decision } from './decisions.js';
import type { PredictorFigures, Told } from './messages.js';
import type { PredictorPolicy } from './options.js';
import { Pulse } from './pulse.js';

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
const bytesPerAccess = 16;
/** The thread begins when so many accesses were made, or so much later: most short lives need none. */
const startAccesses = windowAccesses;
const startMs = 10_000;
/** Buffers that are under way to the thread. */
const underWayMax = 2;
const decidedKept = 256;

/** Of takeWindows(), and when: Unix milliseconds. */
interface Taken {
  readonly bytes: Buffer;
  readonly takenMs: number;
}

/** It may have been removed. */
function workingDirectory(otherwise: string): string {
  try {
    return process.cwd();
  } catch {
    return otherwise;
  }
}

/** Stores of this thread that are predicted for: what they take is no predictor's. */
const predicted = new Set<Driver>();
let own = { bytes: 0, atMs: -Infinity };

/** Of these stores, and of this thread; the same for all of them that ask at about the same time. */
function ownBytes(): number {
  const now = performance.now();
  if (now - own.atMs > lookMs / 2) own = { bytes: countOwnBytes(), atMs: now };
  return own.bytes;
}

function countOwnBytes(): number {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  const storeBytes = ({ native }: Driver) => {
    const { memory } = JSON.parse(native.statsJson() ?? '{}') as { memory?: { chunks: number; index: number } };
    return memory ? memory.chunks + memory.index : 0;
  };
  return [...predicted].reduce((sum, driver) => sum + storeBytes(driver), heap + external);
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
  #waiting: Taken[] = [];

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
    this.#thread = new AnalystThread({ module: threads.analyst, data, pulse: this.#pulse, lookMs, told, ended });
  }

  /** Watches the accesses from now on, without keeping the process alive. */
  start(): void {
    const { accessesPerSecond } = this.#policy;
    const refused = this.#driver.native.watchAccesses(windowAccesses, Math.ceil(accessesPerSecond / windowAccesses));
    if (refused !== undefined) throw errorOfNumber(-refused, this.#driver.native.takeDetail(), {});
    this.#began = performance.now();
    predicted.add(this.#driver);
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** What was learned is kept; waits for that, but not for long. */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    predicted.delete(this.#driver);
    return this.#thread.stop();
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
    if (this.#thread.runs) this.#pulse.tellOwnerBytes(ownBytes());
    this.#thread.look();
    if (this.#underWay >= underWayMax) return;
    const bytes = this.#driver.native.takeWindows();
    if (bytes !== undefined) this.#waiting.push({ bytes, takenMs: Date.now() });
    if (!this.#thread.runs && this.#mayBegin()) this.#begin();
    if (this.#thread.runs) for (const taken of this.#waiting.splice(0)) this.#send(taken);
  }

  /** What the owner has then is not what the thread takes. */
  #begin(): void {
    this.#pulse.tellOwnerBytes(ownBytes());
    this.#thread.begin();
  }

  /** Until the thread runs, windows wait here: few, as it begins when there is one that is full. */
  #mayBegin(): boolean {
    if (this.#waiting.length === 0 || !this.#thread.mayBegin) {
      this.#waiting.splice(0, this.#waiting.length - underWayMax);
      return false;
    }
    const bytes = this.#waiting.reduce((sum, taken) => sum + taken.bytes.byteLength, 0);
    return this.#thread.isLost || bytes >= startAccesses * bytesPerAccess || performance.now() - this.#began > startMs;
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
    if ('figures' in told) this.#figures = told.figures;
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
