// How likely a failure of this process is: the predictor of failures is taught what past lives came to, and asked now and then.
import type { FailureColumn } from '../catalogue/index.js';
import { failureLessons, failureRow, HeapSlope, type RecoveryLog } from '../profile/index.js';
import type { Guarded } from './guarded.js';
import { checkedScores } from './output-checks.js';

const intervalSeconds = 3600;
/** Taught in one go: the rest follows at the next look. */
const lessonsAtOnce = 1000;
/** Where nobody predicts, the mean counts, with a failure in so many hours before all. */
const priorHours = 24 * 30;

/** Failures that are to be expected of this process. */
export interface FailureFigures {
  /** The predictor; 'mean': the mean of the past, as there is none that answers. */
  readonly by: string;
  readonly expectedPerHour: number;
}

/** What the owner sees of its process. */
export interface ProcessSignals {
  readonly heapBytes: number;
  /** Of the store and its disk, so far. */
  readonly errors: number;
}

const anything = () => true;

export class FailureWatch {
  readonly #guarded: Guarded | undefined;
  readonly #heap = new HeapSlope();
  #taughtMs: number;
  #errors = 0;
  #errorRate = 0;
  #seenMs = 0;
  #figures: FailureFigures | undefined;

  /** `taughtMs`: up to when lessons were taught in earlier processes, Unix milliseconds. */
  constructor(guarded: Guarded | undefined, taughtMs: number) {
    this.#guarded = guarded;
    this.#taughtMs = taughtMs;
  }

  get figures(): FailureFigures | undefined {
    return this.#figures;
  }
  get taughtMs(): number {
    return this.#taughtMs;
  }

  /** Decayed over a minute. */
  note({ heapBytes, errors }: ProcessSignals, nowMs: number): void {
    this.#heap.add(nowMs, heapBytes);
    const seconds = Math.max(0.001, (nowMs - this.#seenMs) / 1000);
    const kept = 2 ** (-seconds / 60);
    this.#errorRate = this.#errorRate * kept + ((errors - this.#errors) / seconds) * (1 - kept);
    this.#errors = errors;
    this.#seenMs = nowMs;
  }

  /** Teaches what has passed, and asks for the coming hour. */
  async look(log: RecoveryLog, openedMs: number, nowMs: number): Promise<void> {
    if (this.#guarded === undefined) return;
    await this.#teach(log, nowMs);
    const signals = { heapSlope: this.#heap.bytesPerSecond(nowMs), errorRate: this.#errorRate };
    const row = failureRow({ log, openedMs, nowMs, intervalSeconds, ...signals });
    const answer = await this.#guarded.call('predict', row, (output) => checkedScores(output, 1, 'failure'));
    const mean = (row.columns.failures[0]! + 1) / (row.columns.observed[0]! / 3600 + priorHours);
    this.#figures = { by: answer ? this.#guarded.name : 'mean', expectedPerHour: answer?.[0] ?? mean };
  }

  async #teach(log: RecoveryLog, nowMs: number): Promise<void> {
    let left = lessonsAtOnce;
    for (const { lesson, untilMs } of failureLessons({ log, fromMs: this.#taughtMs, nowMs, intervalSeconds })) {
      if (left-- === 0) return;
      const columns = lesson.columns satisfies Readonly<Record<FailureColumn, Float32Array>>;
      await this.#guarded!.call('learn', { ...lesson, columns }, anything);
      this.#taughtMs = untilMs;
    }
  }
}
