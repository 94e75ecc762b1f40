// How often the keys of each cell were read, of late; a cell with little evidence believes the coarser one it is part of.
import type { AccessLesson } from '../../src/predictor/index.js';
import type { StateWalk } from '../common/saved_state.js';
import { ageSteps, cellCount, countSteps, followSteps, gapSteps, type Cells } from './cells.js';

/** Reads of a lesson that rates are of. */
const usualHorizon = 1000;
/** A key that is read so often is as good as wanted: more would outweigh all others. */
const targetMax = 64;
/** Later lessons that halve what one weighs. */
const halfLifeLessons = 8;
/** Rows with a read that a coarser cell stands for. */
const priorRows = 4;
/** Of a table without any read. */
const leastRate = 1e-6;
const pairCount = ageSteps * countSteps;

/** Sums over the rows of a cell. */
interface Sums {
  readonly reads: Float32Array;
  /** Keys, times the share of the usual horizon that was looked at. */
  readonly keys: Float32Array;
  /** The same, times the weights: over `keys`, how many keys a row stands for. */
  readonly squares: Float32Array;
}

const sumsOf = (cells: number): Sums => ({
  reads: new Float32Array(cells),
  keys: new Float32Array(cells),
  squares: new Float32Array(cells),
});

/** Sums of the coarser cells; `coarser` says of each cell in which it is. */
function gathered(from: Sums, cells: number, coarser: (cell: number) => number): Sums {
  const to = sumsOf(cells);
  for (let cell = 0; cell < from.keys.length; cell++) {
    if (from.keys[cell] === 0) continue;
    const at = coarser(cell);
    to.reads[at]! += from.reads[cell]!;
    to.keys[at]! += from.keys[cell]!;
    to.squares[at]! += from.squares[cell]!;
  }
  return to;
}

/** Rates of cells, as if `priorRows` rows more had been read, at the rate that is expected, given that of the cell before. */
function shrunk({ reads, keys, squares }: Sums, expected: (before: number | undefined, cell: number) => number): Float32Array {
  const rates = new Float32Array(keys.length);
  for (let cell = 0; cell < rates.length; cell++) {
    const rate = expected(rates[cell - 1], cell);
    const prior = keys[cell] === 0 ? 1 : (priorRows * squares[cell]!) / keys[cell]!;
    rates[cell] = (reads[cell]! + prior) / (keys[cell]! + prior / rate);
  }
  return rates;
}

export class RateTable {
  readonly #sums = sumsOf(cellCount);
  #rates: Float32Array = new Float32Array(cellCount).map((_, cell) => 2 ** -(cell % ageSteps));

  learn({ cell }: Cells, { rows, targets, weights, horizon }: AccessLesson<never>): void {
    const { reads, keys, squares } = this.#sums;
    const kept = 2 ** (-1 / halfLifeLessons);
    for (const sums of [reads, keys, squares]) for (let i = 0; i < sums.length; i++) sums[i]! *= kept;
    for (let row = 0; row < rows; row++) {
      const [at, weight] = [cell[row]!, weights[row]!];
      reads[at]! += Math.min(targets[row]!, targetMax) * weight;
      keys[at]! += (weight * horizon) / usualHorizon;
      squares[at]! += (weight * weight * horizon) / usualHorizon;
    }
    this.#rate();
  }

  /** By age and count as if one had nothing to do with the other; of these as they are; of these by gap. */
  #rate(): void {
    const follow = (pair: number) => Math.floor(pair / pairCount);
    const age = (pair: number) => pair % ageSteps;
    const count = (pair: number) => Math.floor(pair / ageSteps) % countSteps;
    const pairOf = (cell: number) => follow(Math.floor(cell / gapSteps)) * pairCount + (cell % pairCount);
    const pairs = gathered(this.#sums, followSteps * pairCount, pairOf);
    const whole = gathered(pairs, 1, () => 0);
    const all = Math.max(leastRate, whole.reads[0]! / Math.max(1, whole.keys[0]!));
    const follows = shrunk(gathered(pairs, followSteps, follow), () => all);
    const ages = shrunk(gathered(pairs, ageSteps, age), (before = all) => before);
    const counts = shrunk(gathered(pairs, countSteps, count), (before = all) => before);
    const apart = (pair: number) => (follows[follow(pair)]! * ages[age(pair)]! * counts[count(pair)]!) / all ** 2;
    const ofPairs = shrunk(pairs, (_, pair) => Math.min(targetMax, apart(pair)));
    this.#rates = shrunk(this.#sums, (_, cell) => ofPairs[pairOf(cell)]!);
  }

  /** Expected reads of each row; between the ages and the counts in proportion. */
  rates({ cell, agePart, countPart }: Cells): Float32Array {
    const rates = this.#rates;
    const between = (at: number, part: number) => (part === 0 ? rates[at]! : rates[at]! + (rates[at + 1]! - rates[at]!) * part);
    return agePart.map((part, row) => {
      const rate = between(cell[row]!, part);
      const more = countPart[row]!;
      return more === 0 ? rate : rate + (between(cell[row]! + ageSteps, part) - rate) * more;
    });
  }

  walk(walk: StateWalk): void {
    for (const sums of [this.#sums.reads, this.#sums.keys, this.#sums.squares]) walk.numbers(sums, 0);
    this.#rate();
  }
}
