// Histograms of packed derivatives: one cell for each bin of each column, for each leaf that may be split.
import type { BinnedRows } from './bins.js';

/** Cells of a column. */
export const columnCells = 256;

/** A pool of histograms, all in one array; a histogram is named by its number. */
export class Histograms {
  /** Cells of one histogram. */
  readonly size: number;
  readonly #words: Int32Array;
  readonly #wordsPerRow: number;
  readonly #free: number[] = [];
  #cells: Float64Array;
  #made = 0;

  constructor({ bytes, stride }: BinnedRows) {
    this.size = stride * columnCells;
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    this.#wordsPerRow = stride >> 2;
    this.#cells = new Float64Array(this.size * 2);
  }

  /** All of them; the cells of histogram h begin at h * size. */
  get cells(): Float64Array {
    return this.#cells;
  }

  /** Gives a histogram back. */
  release(histogram: number): void {
    this.#free.push(histogram);
  }

  /** Sums up the rows order[from] to order[to - 1]; answers the histogram. */
  build(order: Int32Array, from: number, to: number, packed: Float64Array): number {
    const histogram = this.#take();
    const first = histogram * this.size;
    this.#cells.fill(0, first, first + this.size);
    addRows({ words: this.#words, wordsPerRow: this.#wordsPerRow, packed, cells: this.#cells, first }, order, from, to);
    return histogram;
  }

  /** Takes the rows of the second one out of the first. */
  subtract(histogram: number, other: number): void {
    const cells = this.#cells;
    const end = (histogram + 1) * this.size;
    for (let to = histogram * this.size, from = other * this.size; to < end; to++, from++) cells[to]! -= cells[from]!;
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if ((this.#made + 1) * this.size > this.#cells.length) {
      const more = new Float64Array(this.#cells.length * 2);
      more.set(this.#cells);
      this.#cells = more;
    }
    return this.#made++;
  }
}

interface Sums {
  readonly words: Int32Array;
  readonly wordsPerRow: number;
  readonly packed: Float64Array;
  readonly cells: Float64Array;
  readonly first: number;
}

/** Four columns at once: their bins are the bytes of one word, the first one the lowest. */
function addRows({ words, wordsPerRow, packed, cells, first }: Sums, order: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const row = order[i]!;
    const value = packed[row]!;
    const end = (row + 1) * wordsPerRow;
    for (let at = row * wordsPerRow, cell = first; at < end; at++, cell += 4 * columnCells) {
      const word = words[at]!;
      cells[cell + (word & 255)]! += value;
      cells[cell + columnCells + ((word >>> 8) & 255)]! += value;
      cells[cell + 2 * columnCells + ((word >>> 16) & 255)]! += value;
      cells[cell + 3 * columnCells + (word >>> 24)]! += value;
    }
  }
}
