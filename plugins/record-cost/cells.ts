// Moving averages by key, of a bounded number of keys.
import type { StateWalk } from '../common/saved_state.js';

interface Cell {
  mean: number;
  count: number;
}

const countMost = 1e6;

/** Of keys beyond the most, the one learned of longest ago is forgotten. */
export class Cells {
  /** In the order in which they were learned of. */
  readonly #cells = new Map<number, Cell>();

  /** `rate`: the least weight of a new value; `doubt`: values of 0 that a mean begins with. */
  constructor(
    readonly most: number,
    readonly rate: number,
    readonly doubt: number,
  ) {}

  /** The mean, drawn to 0 while there are few values; 0 of a key that is not known. */
  at(key: number): number {
    const cell = this.#cells.get(key);
    return cell === undefined ? 0 : (cell.mean * cell.count) / (cell.count + this.doubt);
  }

  learn(key: number, value: number): void {
    const cell = this.#cells.get(key) ?? { mean: 0, count: 0 };
    cell.count = Math.min(cell.count + 1, countMost);
    cell.mean += (value - cell.mean) * Math.max(this.rate, 1 / cell.count);
    this.#cells.delete(key);
    this.#cells.set(key, cell);
    if (this.#cells.size > this.most) this.#cells.delete(this.#cells.keys().next().value as number);
  }

  walk(state: StateWalk): void {
    const count = state.number(this.#cells.size, 0, this.most);
    const known = Array.from(this.#cells);
    for (let at = 0; at < count; at++) {
      const [key, cell] = known[at] ?? [0, { mean: 0, count: 0 }];
      const own = state.number(key, 0, Number.MAX_SAFE_INTEGER);
      this.#cells.set(own, { mean: state.number(cell.mean), count: state.number(cell.count, 0, countMost) });
    }
    if (this.#cells.size !== count) throw new Error('the saved state has a key twice');
  }
}
