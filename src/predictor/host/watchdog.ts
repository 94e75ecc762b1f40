// Whether the thread that predicts hangs, as its owner sees it: in an inline hook that never returns or eats memory, or in silence.
//
// Time is counted in looks and not by a clock: while the owner was busy, nobody looked, and that is not the thread's fault.
import { limitMsOf, type FaultReason } from './hooks.js';
import { exceedingWords, MemoryWatch, othersBytes } from './memory-watch.js';
import type { Beat, Pulse } from './pulse.js';

/** Deadlines of a hook, until the thread is taken to hang in it: what is late without that, the thread finds out itself. */
const hungAfter = 1.5;
/** Deadlines and milliseconds without a sign of life: the thread itself may be at work for seconds where many keys are tracked. */
const silentAfter = 10;
const silentMsMin = 10_000;

/** Why the thread must be ended. */
export interface Hang {
  /** The hook that is to blame, where it is one. */
  readonly beat: Beat | undefined;
  readonly reason: FaultReason;
  readonly message: string;
}

export interface WatchdogOptions {
  readonly deadlineMs: number;
  /** In bytes. */
  readonly memoryLimit: number;
  /** Between two looks. */
  readonly lookMs: number;
}

/** Over one thread, from its beginning on. */
export class Watchdog {
  #beat: Beat | undefined;
  #looks = 0;
  #heartbeats: number;
  /** None is counted before the first sign of life: a thread may be slow to begin. */
  #silentLooks = -Infinity;
  #memory: MemoryWatch | undefined;
  /** At the last look. */
  #bytes: number;

  constructor(
    readonly pulse: Pulse,
    readonly options: WatchdogOptions,
  ) {
    this.#heartbeats = pulse.heartbeats;
    this.#bytes = othersBytes(pulse);
  }

  /** To be called now and then while the thread runs, after what is the owner's was told. */
  look(): Hang | undefined {
    const { beat } = this.pulse;
    const before = this.#bytes;
    this.#bytes = othersBytes(this.pulse);
    if (beat !== undefined && beat.call === this.#beat?.call) return this.#lookAt(beat);
    this.#beat = beat;
    this.#looks = 0;
    this.#memory = beat && new MemoryWatch(this.pulse, this.options.memoryLimit, before);
    return this.#listen();
  }

  /** A hook that was under way already. */
  #lookAt(beat: Beat): Hang | undefined {
    const { deadlineMs, lookMs, memoryLimit } = this.options;
    const limitMs = limitMsOf(beat.hook, deadlineMs);
    if (++this.#looks * lookMs > hungAfter * limitMs) return { beat, reason: 'timeout', message: 'never returned' };
    const bytes = this.#memory!.exceeding;
    if (bytes !== undefined) return { beat, reason: 'memory', message: exceedingWords(bytes, memoryLimit) };
    return undefined;
  }

  #listen(): Hang | undefined {
    const { deadlineMs, lookMs } = this.options;
    const { heartbeats } = this.pulse;
    this.#silentLooks = heartbeats === this.#heartbeats ? this.#silentLooks + 1 : 0;
    this.#heartbeats = heartbeats;
    const ms = this.#silentLooks * lookMs;
    if (ms < Math.max(silentMsMin, silentAfter * deadlineMs)) return undefined;
    return { beat: undefined, reason: 'timeout', message: `the thread of the predictors gave no sign of life for ${ms} ms` };
  }
}
