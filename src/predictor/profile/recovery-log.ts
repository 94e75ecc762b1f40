// The log of recoveries: what the last ones were like, kept between processes as bytes.
import { foreshardError } from '../../errors/index.js';
import { decodeLog, encodeLog, type LogState } from './log-format.js';
import { faultOf, type RecoveryEntry } from './recovery-entry.js';

export type { EarlyCounts, OrderSummary, RecoveryEntry } from './recovery-entry.js';

export const entriesMax = 32;
const touchedMax = 8;
const noTouches = new Float64Array(0);

/** Shares of the first reads after an open, 0 to 1. */
export interface CoverageScore {
  /** Keys that were in memory, by whatever way. */
  readonly covered: number;
  /** Keys that a fast-restore image had put there. */
  readonly restored: number;
  /** The same by the number of the image's class. */
  readonly byClass: readonly number[];
}

export interface LogScore {
  /** For each entry; undefined: nothing was read. */
  readonly entries: readonly (CoverageScore | undefined)[];
  /** Over the entries with reads, of which later ones weigh more; undefined: there are none. */
  readonly mean: CoverageScore | undefined;
}

/** An entry weighs this part of the one after it. */
const entryWeight = 0.7;
/** Entries with fewer reads weigh in proportion. */
const readsFull = 1000;

function scoreOf({ early: { reads, covered, restored, byClass } }: RecoveryEntry): CoverageScore | undefined {
  if (reads === 0) return undefined;
  return { covered: covered / reads, restored: restored / reads, byClass: byClass.map((number) => number / reads) };
}

function refuse(what: string, fault: string | undefined): void {
  if (fault !== undefined) throw foreshardError('bad_argument', `${what}: ${fault}`, { argument: 'entry', field: fault });
}

/** Recoveries in the order of time: the last 32, of which the last eight that have touches keep them. */
export class RecoveryLog implements LogState {
  #entries: RecoveryEntry[] = [];
  #sinceMs = -1;
  #failuresBefore = 0;

  /** The oldest first. */
  get entries(): readonly RecoveryEntry[] {
    return this.#entries;
  }

  /** When the first entry that there ever was had been opened, Unix milliseconds; -1: there was none. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Entries without a close before them that the log has room for no longer. */
  get failuresBefore(): number {
    return this.#failuresBefore;
  }

  /** A recovery has begun. Throws FORESHARD_BAD_ARGUMENT, which names the field, for an entry that cannot be. */
  add(entry: RecoveryEntry): void {
    refuse('an entry of the log of recoveries', faultOf(entry));
    if (this.#sinceMs < 0) this.#sinceMs = entry.openedMs;
    const gone = this.#entries.slice(0, Math.max(0, this.#entries.length + 1 - entriesMax));
    this.#failuresBefore += gone.filter(({ clean }) => !clean).length;
    this.#set([...this.#entries.slice(gone.length), entry]);
  }

  /** More is known of the latest recovery. Throws like add(), and if there is none. */
  amend(changes: Partial<RecoveryEntry>): void {
    const latest = this.#entries.at(-1);
    const entry = { ...latest, ...changes } as RecoveryEntry;
    refuse('the latest entry of the log of recoveries', latest === undefined ? 'there is none yet' : faultOf(entry));
    this.#set([...this.#entries.slice(0, -1), entry]);
  }

  /** How much of the first reads was covered. */
  score(): LogScore {
    const entries = this.#entries.map(scoreOf);
    const classes = Math.max(0, ...entries.map((score) => score?.byClass.length ?? 0));
    const sums = { covered: 0, restored: 0, byClass: Array.from({ length: classes }, () => 0) };
    let [weights, age] = [0, 1];
    for (const [at, score] of Array.from(entries.entries()).toReversed()) {
      if (score === undefined) continue;
      const weight = age * Math.min(1, this.#entries[at]!.early.reads / readsFull);
      age *= entryWeight;
      weights += weight;
      sums.covered += weight * score.covered;
      sums.restored += weight * score.restored;
      for (const [number, share] of score.byClass.entries()) sums.byClass[number]! += weight * share;
    }
    if (weights === 0) return { entries, mean: undefined };
    const byClass = sums.byClass.map((sum) => sum / weights);
    return { entries, mean: { covered: sums.covered / weights, restored: sums.restored / weights, byClass } };
  }

  toBytes(): Uint8Array {
    return encodeLog(this);
  }

  /**
   * What toBytes() gave. Throws FORESHARD_CHECKSUM_MISMATCH for bytes that are cut, changed or something else, and
   * FORESHARD_UNSUPPORTED_VERSION for those of a later version.
   */
  static fromBytes(bytes: Uint8Array): RecoveryLog {
    const { entries, sinceMs, failuresBefore } = decodeLog(bytes);
    const log = new RecoveryLog();
    log.#set(entries.slice(-entriesMax));
    log.#sinceMs = sinceMs;
    log.#failuresBefore = failuresBefore;
    return log;
  }

  #set(entries: readonly RecoveryEntry[]): void {
    const touched = entries.filter(({ touches }) => touches.length > 0).slice(-touchedMax);
    const keep = new Set(touched);
    const trimmed = (entry: RecoveryEntry) => (keep.has(entry) ? entry : { ...entry, touches: noTouches });
    this.#entries = entries.map(trimmed);
  }
}
