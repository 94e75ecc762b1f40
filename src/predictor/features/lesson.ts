// A lesson under way: keys as they were when they were put in order, and the reads that came behind a virtual crash point.
import type { AccessLesson } from '../batch.js';
import type { AccessColumn } from '../catalogue/index.js';
import type { Moment } from './columns.js';
import type { Sample } from './sample.js';

/** Counts the reads from the access `from` on; done after `horizon` of them. */
export class PendingLesson {
  readonly #lesson: AccessLesson<AccessColumn>;
  readonly #rowOf: Int32Array;
  /** Number of the first access that counts. */
  readonly from: number;
  #reads = 0;

  constructor(moment: Moment, sample: Sample, names: readonly AccessColumn[], horizon: number, budget: number, lag = 0) {
    const { slots, weights } = sample;
    const { tracked } = moment;
    this.from = tracked.now + lag + 1;
    this.#rowOf = new Int32Array(tracked.size).fill(-1);
    for (const [row, slot] of slots.entries()) this.#rowOf[slot] = row;
    this.#lesson = {
      rows: slots.length,
      keys: Float64Array.from(slots, (slot) => tracked.keys[slot]!),
      columns: moment.columns(names, slots),
      targets: new Float32Array(slots.length),
      weights,
      horizon,
      budget,
    };
  }

  /** A read, of which number; of a key that is in its slot since, or of another one. */
  noteRead(slot: number, key: number, access: number): void {
    if (this.done || access < this.from) return;
    this.#reads++;
    const row = slot < this.#rowOf.length ? this.#rowOf[slot]! : -1;
    if (row >= 0 && this.#lesson.keys[row] === key) this.#lesson.targets[row]!++;
  }

  get done(): boolean {
    return this.#reads >= this.#lesson.horizon;
  }

  /** Complete when it is done. */
  get lesson(): AccessLesson<AccessColumn> {
    return this.#lesson;
  }
}
