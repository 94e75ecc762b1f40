// The series by their sources: a bounded number of them, of which the one used longest ago goes.
import type { StateWalk } from '../common/saved_state.js';
import { Series } from './series.js';

export class Sources {
  /** In the order of use. */
  readonly #series = new Map<number, Series>();

  constructor(readonly most: number) {}

  get count(): number {
    return this.#series.size;
  }

  /** Undefined: nothing is known of the source. */
  find(source: number): Series | undefined {
    return this.#series.get(source);
  }

  /** The series of a source, a new one if there is none; it is the one used last from now on. */
  use(source: number): Series {
    const series = this.#series.get(source) ?? new Series();
    this.#series.delete(source);
    this.#series.set(source, series);
    if (this.#series.size > this.most) this.#series.delete(this.#series.keys().next().value as number);
    return series;
  }

  /** The order of use is kept too. */
  walk(state: StateWalk): void {
    const count = state.number(this.count, 0, this.most);
    const sources = Array.from(this.#series.keys());
    for (let at = 0; at < count; at++) this.use(state.number(sources[at] ?? 0)).walk(state);
    if (this.count !== count) throw new Error('the saved state has a source twice');
  }
}
