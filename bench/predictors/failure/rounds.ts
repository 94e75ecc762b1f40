// Histories, walked through in rounds: every node that is up, its interval, and its failures in it.
import type { FailureColumn, Lesson } from '../../../src/predictor/index.js';
import type { History } from './histories.js';

/** The features that are known of recorded nodes. */
export const columns = ['node', 'seconds', 'interval', 'uptime', 'observed', 'failures', 'sinceFailure'] as const;
export type Column = (typeof columns)[number] & FailureColumn;

export interface Round extends Lesson<Column> {
  /** When it begins, in seconds since 1970. */
  readonly at: number;
}

/** A node on its way through its history. */
class Walker {
  #passed = 0;
  #up: number;

  /** `first`: when the first row of all is. */
  constructor(
    readonly node: number,
    readonly history: History,
    readonly first: number,
  ) {
    this.#up = history.from;
  }

  /** The row of an interval, cut to what is left of it once the node is up; undefined: it is not up, or not observed. */
  pass(from: number, to: number): { readonly row: Readonly<Record<Column, number>>; readonly failures: number } | undefined {
    const { outages } = this.history;
    const seconds = Math.max(from, this.#up);
    const end = Math.min(to, this.history.to);
    if (seconds >= end) return undefined;
    const passed = this.#passed;
    const row = {
      node: this.node,
      seconds: seconds - this.first,
      interval: end - seconds,
      uptime: seconds - this.#up,
      observed: seconds - this.history.from,
      failures: passed,
      sinceFailure: passed === 0 ? -1 : seconds - outages[passed - 1]![0],
    };
    for (; this.#passed < outages.length && outages[this.#passed]![0] < end; this.#passed++) this.#up = outages[this.#passed]![1];
    return { row, failures: this.#passed - passed };
  }
}

/**
 * Rounds of `interval` seconds. A node that is down when a round begins has the rest of it from when it is up again, and one that
 * fails in it fails in it as often as it does: what comes after its restart belongs to the same row.
 */
export function* roundsOf(histories: readonly History[], interval: number): Generator<Round> {
  const from = histories.reduce((least, history) => Math.min(least, history.from), Infinity);
  const walkers = histories.map((history, node) => new Walker(node, history, from));
  const to = histories.reduce((most, history) => Math.max(most, history.to), -Infinity);
  for (let at = from; at < to; at += interval) {
    const passed = walkers.flatMap((walker) => walker.pass(at, at + interval) ?? []);
    const column = (name: Column) => Float32Array.from(passed, ({ row }) => row[name]);
    yield {
      at,
      rows: passed.length,
      columns: Object.fromEntries(columns.map((name) => [name, column(name)])) as Record<Column, Float32Array>,
      targets: Float32Array.from(passed, ({ failures }) => failures),
      weights: new Float32Array(passed.length).fill(1),
    };
  }
}
