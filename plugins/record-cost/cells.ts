// Moving averages by key, of a bounded number of keys.
import { Remembered } from '../common/remembered.js';
import type { StateWalk } from '../common/saved_state.js';

const countMost = 1e6;

class Cell {
  mean = 0;
  count = 0;

  walk(state: StateWalk): void {
    this.mean = state.number(this.mean);
    this.count = state.number(this.count, 0, countMost);
  }
}

/** Of keys beyond the most, the one learned of longest ago is forgotten. */
export class Cells {
  readonly #cells: Remembered<Cell>;

  /** `rate`: the least weight of a new value; `doubt`: values of 0 that a mean begins with. */
  constructor(
    most: number,
    readonly rate: number,
    readonly doubt: number,
  ) {
    this.#cells = new Remembered(most, () => new Cell());
  }

  /** The mean, drawn to 0 while there are few values; 0 of a key that is not known. */
  at(key: number): number {
    const cell = this.#cells.find(key);
    return cell === undefined ? 0 : (cell.mean * cell.count) / (cell.count + this.doubt);
  }

  learn(key: number, value: number): void {
    const cell = this.#cells.use(key);
    cell.count = Math.min(cell.count + 1, countMost);
    cell.mean += (value - cell.mean) * Math.max(this.rate, 1 / cell.count);
  }

  walk(state: StateWalk): void {
    this.#cells.walk(state);
  }
}
