// Failures of one node, from the log of recoveries: what predictors of failure are asked, and what they learn from.
import type { Batch, Lesson } from '../batch.js';
import { failureColumns, type FailureColumn } from '../catalogue/failure.js';
import type { RecoveryEntry } from './recovery-entry.js';

/** What a log of recoveries says of failures; a RecoveryLog is one. */
export interface FailureLog {
  /** In the order of time. */
  readonly entries: readonly RecoveryEntry[];
  /** When the first entry that there ever was had been opened: times of rows count from there. */
  readonly sinceMs: number;
  /** Failures before the first of the entries. */
  readonly failuresBefore: number;
}

/** What is measured in a process; -1: not known. */
export interface FailureSignals {
  /** Growth of the heap over the last ten minutes, in bytes per second. */
  readonly heapSlope: number;
  /** Errors of the store and its disk per second, decayed over a minute. */
  readonly errorRate: number;
}

/** The present of a node; times are Unix milliseconds. */
export interface FailurePresent extends FailureSignals {
  readonly log: FailureLog;
  readonly openedMs: number;
  readonly nowMs: number;
  /** Length of the interval to predict. */
  readonly intervalSeconds: number;
}

const unknown = -1;
/** An interval is taken for so long at least: a failure needs time to happen in. */
const secondsLeast = 1;
const noSignals: FailureSignals = { heapSlope: unknown, errorRate: unknown };

/** When the process before an entry failed: its last sign of life, or where there was none, when the store was opened again. */
const failureMs = ({ aliveMs, openedMs }: RecoveryEntry): number => (aliveMs >= 0 ? Math.min(aliveMs, openedMs) : openedMs);

const secondsFrom = (fromMs: number, toMs: number): number => Math.max(0, (toMs - fromMs) / 1000);

/** What a predictor of failure is asked about the coming interval: a batch of one row with all columns of the role. */
export function failureRow({ log, openedMs, nowMs, heapSlope, errorRate, intervalSeconds }: FailurePresent): Batch<FailureColumn> {
  const failed = log.entries.filter(({ clean }) => !clean);
  const failures = log.failuresBefore + failed.length;
  const last = failed.at(-1);
  const observed = secondsFrom(log.sinceMs < 0 ? openedMs : log.sinceMs, nowMs);
  const sinceFailure = last === undefined ? unknown : secondsFrom(failureMs(last), nowMs);
  const values: Record<FailureColumn, number> = {
    node: 0,
    seconds: observed,
    interval: intervalSeconds,
    uptime: secondsFrom(openedMs, nowMs),
    observed,
    failures,
    sinceFailure,
    clusterFailures: failures,
    sinceClusterFailure: sinceFailure,
    heapSlope,
    errorRate,
  };
  const names = Object.keys(failureColumns) as FailureColumn[];
  const columns = Object.fromEntries(names.map((name) => [name, Float32Array.of(values[name])]));
  return { rows: 1, columns: columns as Record<FailureColumn, Float32Array> };
}

export interface FailureLessonsOptions {
  readonly log: FailureLog;
  /** What ended by then was taught: `untilMs` of the last lesson; below 0: nothing yet. */
  readonly fromMs: number;
  readonly nowMs: number;
  /** Uptime is cut into intervals of this length; the last one of a process is as long as it lived. */
  readonly intervalSeconds: number;
  /** What was measured at a time, where somebody has kept it. Default: nothing. */
  readonly signalsAt?: (ms: number) => FailureSignals | undefined;
}

export interface FailureLesson {
  readonly lesson: Lesson<FailureColumn>;
  /** The moment up to which all has been taught with it. */
  readonly untilMs: number;
}

/** A process that had the store open. */
interface Life {
  /** As it was when this process opened the store. */
  readonly log: FailureLog;
  readonly openedMs: number;
  readonly endMs: number;
  /** Whether it failed; undefined: it still runs. */
  readonly failed: boolean | undefined;
  /** When the next one opened the store. */
  readonly nextMs: number;
}

/** Of a process of which no last sign is known, its uptime tells the end, or else the open that followed. */
function endOf({ openedMs }: RecoveryEntry, next: RecoveryEntry): number {
  if (next.aliveMs >= 0) return next.aliveMs;
  return next.uptimeMs >= 0 ? openedMs + next.uptimeMs : next.openedMs;
}

function livesOf({ entries, sinceMs, failuresBefore }: FailureLog, nowMs: number): Life[] {
  return entries.map((entry, at) => {
    const { openedMs } = entry;
    const log = { entries: entries.slice(0, at + 1), sinceMs, failuresBefore };
    const next = entries[at + 1];
    if (next === undefined) return { log, openedMs, endMs: nowMs, failed: undefined, nextMs: Infinity };
    return { log, openedMs, endMs: endOf(entry, next), failed: !next.clean, nextMs: next.openedMs };
  });
}

/**
 * Intervals of a life that were not taught, begin and end, cut from its beginning on: of one that still runs, only those that have
 * passed. A failure has an interval even if all of the life was taught: it came behind what was known then.
 */
function* intervalsOf({ openedMs, endMs, failed }: Life, fromMs: number, lengthMs: number): Generator<[number, number]> {
  for (let number = Math.max(0, Math.floor((fromMs - openedMs) / lengthMs)); ; number++) {
    const begin = Math.max(fromMs, openedMs + number * lengthMs);
    const end = openedMs + (number + 1) * lengthMs;
    if (end < endMs || (end === endMs && failed === undefined)) {
      yield [begin, end];
      continue;
    }
    if (failed === true || (failed === false && begin < endMs)) yield [begin, Math.max(begin, endMs)];
    return;
  }
}

/**
 * The lessons of all intervals that have passed since a moment, in the order of time: one row each, the target is 1 where the
 * process failed in the interval, and else 0. Time in which no process had the store open is no exposure. The last entry of the log
 * is the process that runs now. Teaching may stop at any lesson, and go on from its `untilMs`. Where the clock was set back between
 * two processes, a lesson may be left out or come twice.
 */
export function* failureLessons(options: FailureLessonsOptions): Generator<FailureLesson, void, undefined> {
  const { log, fromMs, nowMs, intervalSeconds, signalsAt } = options;
  const lengthMs = 1000 * Math.max(secondsLeast, intervalSeconds);
  for (const life of livesOf(log, nowMs)) {
    if (fromMs >= life.nextMs) continue;
    for (const [begin, end] of intervalsOf(life, fromMs, lengthMs)) {
      const last = life.failed !== undefined && end >= life.endMs;
      const seconds = Math.max(secondsLeast, (end - begin) / 1000);
      const signals = signalsAt?.(begin) ?? noSignals;
      const row = failureRow({ log: life.log, openedMs: life.openedMs, nowMs: begin, intervalSeconds: seconds, ...signals });
      const targets = Float32Array.of(last && life.failed === true ? 1 : 0);
      yield { lesson: { ...row, targets, weights: Float32Array.of(1) }, untilMs: last ? life.nextMs : end };
    }
  }
}
