// Binning of columns: cut points at quantiles, finer at both tails, and rows of one byte a column.
import { sortedFloats } from './sort.js';

/** Bins of values a column may have at most; a byte holds them and the bin of missing values. */
export const maxBins = 255;
/** The bin of missing values (NaN): the lowest one, so they go to the left of each split. */
export const missingBin = 0;
/** Of the bins, one part in so many is reserved for each tail. */
const tailPart = 16;
/** The tails are so much of the rows. */
const tailShare = 0.02;
const largest = 3.4028234663852886e38;

/** Rows of a table, one array a column. NaN: missing. An infinity counts as the largest number. */
export interface Rows {
  readonly rows: number;
  readonly columns: readonly Float32Array[];
}

/** Rows in bins, twice: histograms are summed up row by row, and rows are parted by one column. */
export interface BinnedRows {
  readonly rows: number;
  /** Bytes of a row: its columns, padded to a multiple of four. */
  readonly stride: number;
  /** The bin of column c of row r is at r * stride + c. */
  readonly bytes: Uint8Array;
  /** The same, one array a column. */
  readonly columns: readonly Uint8Array[];
}

/** The values of a column that are there, in order. */
function sortedValues(column: Float32Array, rows: number): Float32Array {
  const values = new Float32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const value = column[row]!;
    // A zero is added so that -0 and 0 are one value.
    if (value === value) values[count++] = Math.min(largest, Math.max(-largest, value)) + 0;
  }
  return sortedFloats(values.subarray(0, count));
}

/** Distinct values with their counts, in place of the sorted values. */
function distinctValues(sorted: Float32Array): { values: Float32Array; counts: Float64Array } {
  const counts = new Float64Array(sorted.length);
  let last = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (last < 0 || sorted[i] !== sorted[last]) sorted[++last] = sorted[i]!;
    counts[last]!++;
  }
  return { values: sorted.subarray(0, last + 1), counts: counts.subarray(0, last + 1) };
}

/** Lets a value that many rows have weigh as much as one bin, so that the other bins are shared among the other values. */
function capCounts(counts: Float64Array, bins: number): number {
  let total = counts.reduce((sum, count) => sum + count, 0);
  for (let round = 0; round < 8; round++) {
    const most = Math.max(1, total / bins);
    const before = total;
    total = 0;
    for (let i = 0; i < counts.length; i++) total += counts[i] = Math.min(counts[i]!, most);
    if (total === before) break;
  }
  return total;
}

/** Ranks to cut at, in order: even ones, and in each tail some that come closer by a constant factor, to the last row. */
function ranksToCut(total: number, bins: number): Float64Array {
  const tail = Math.floor(bins / tailPart);
  const even = bins - 1 - 2 * tail;
  const ranks = new Float64Array(bins - 1);
  const width = Math.max(1, total * tailShare);
  for (let i = 0; i < tail; i++) {
    ranks[i] = width ** (i / tail);
    ranks[bins - 2 - i] = total - ranks[i]!;
  }
  const margin = tail > 0 ? width : total / bins;
  for (let i = 0; i < even; i++) ranks[tail + i] = even > 1 ? margin + ((total - 2 * margin) * i) / (even - 1) : total / 2;
  return ranks.toSorted();
}

/** A number from the lower value on, and below the upper one: the middle if it can be told from them. */
function between(lower: number, upper: number): number {
  const middle = Math.fround(lower / 2 + upper / 2);
  return middle >= lower && middle < upper ? middle : lower;
}

/**
 * Where the bins of a column end, strictly increasing. A value is in bin 1 + (number of cuts below it). Columns with no more
 * distinct values than bins have a bin for each. Otherwise cuts are at quantiles (Chen and Guestrin, "XGBoost", KDD 2016, section
 * 3.2, without weights): a sixteenth of the bins goes to the lowest 2 % of the rows and as many to the highest 2 %, at ranks 1 to
 * 2 % that grow by a constant factor, so that the very first and last rows are told apart.
 */
export function cutPoints(column: Float32Array, rows: number, bins: number): Float32Array {
  const { values, counts } = distinctValues(sortedValues(column, rows));
  const all = values.length <= bins;
  const ranks = ranksToCut(all ? 0 : capCounts(counts, bins), bins);
  const cuts = new Float32Array(Math.max(0, Math.min(values.length, bins) - 1));
  let [used, rank, next] = [0, 0, 0];
  for (let i = 0; i + 1 < values.length && used < cuts.length; i++) {
    rank += counts[i]!;
    if (!all && rank < ranks[next]! - 1e-6) continue;
    cuts[used++] = between(values[i]!, values[i + 1]!);
    while (next < ranks.length && ranks[next]! - 1e-6 <= rank) next++;
  }
  return cuts.slice(0, used);
}

/** Puts values into the bins between cuts. */
export class Binner {
  /** Bytes of a row in bins. */
  readonly stride: number;
  /** 256 of each column; those that it does not have are what no value is above. */
  readonly #cuts: Float32Array;

  constructor(cuts: readonly Float32Array[]) {
    this.stride = Math.ceil(cuts.length / 4) * 4;
    this.#cuts = new Float32Array(cuts.length * 256).fill(Infinity);
    for (const [column, some] of cuts.entries()) this.#cuts.set(some, column * 256);
  }

  /** Writes the rows [from, to) into the first bytes. */
  bin(columns: readonly Float32Array[], from: number, to: number, bytes: Uint8Array): void {
    for (let column = 0; column < columns.length; column++)
      binColumn(columns[column]!, from, to, this.#cutsOf(column), { bytes, first: column, stride: this.stride });
  }

  /** Writes some columns of the rows [from, to), each into a part of its own of the room. */
  binApart(columns: readonly Float32Array[], which: Int32Array, [from, to]: readonly [number, number], room: Room): void {
    for (const column of which)
      binColumn(columns[column]!, from, to, this.#cutsOf(column), { bytes: room.bytes, first: column * room.rows, stride: 1 });
  }

  #cutsOf(column: number): Float32Array {
    return this.#cuts.subarray(column * 256, column * 256 + 256);
  }
}

/** All rows in bins. */
export function binRows(binner: Binner, columns: readonly Float32Array[], rows: number): BinnedRows {
  const { stride } = binner;
  const bytes = new Uint8Array(rows * stride);
  binner.bin(columns, 0, rows, bytes);
  const apart = columns.map((_, column) => {
    const bins = new Uint8Array(rows);
    for (let row = 0, at = column; row < rows; row++, at += stride) bins[row] = bytes[at]!;
    return bins;
  });
  return { rows, stride, bytes, columns: apart };
}

/** Place for some rows, a column behind the other. */
export interface Room {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Where the bins of a column go: the first one, and how far apart they are. */
interface Target {
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly stride: number;
}

/** A binary search without branches over the 255 padded cuts of a column. */
function binColumn(values: Float32Array, from: number, to: number, cuts: Float32Array, { bytes, first, stride }: Target): void {
  for (let row = from, at = first; row < to; row++, at += stride) {
    const value = values[row]!;
    let below = +(value > cuts[127]!) << 7;
    below += +(value > cuts[below + 63]!) << 6;
    below += +(value > cuts[below + 31]!) << 5;
    below += +(value > cuts[below + 15]!) << 4;
    below += +(value > cuts[below + 7]!) << 3;
    below += +(value > cuts[below + 3]!) << 2;
    below += +(value > cuts[below + 1]!) << 1;
    below += +(value > cuts[below]!);
    bytes[at] = value === value ? below + 1 : missingBin;
  }
}
