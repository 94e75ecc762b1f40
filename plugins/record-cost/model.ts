// The cost of a record from its size, its intricacy and its type.
import { Regression } from '../common/regression.js';
import type { StateWalk } from '../common/saved_state.js';
import { Cells } from './cells.js';

/** What is known of a record before it is routed; -1: it is not known. */
export interface RecordFacts {
  readonly bytes: number;
  readonly type: number;
  readonly complexity: number;
}

/** The least weight of a new record in the mean of a cell. */
const cellRate = 0.02;
const cellDoubt = 3;
const memory = 0.9998;
const calibrationRate = 0.001;
/** A cost of 0 has no logarithm: no cost counts as less than this part of the mean one. */
const costLeast = 1e-3;
/** Of the finest cells, to a doubling of the size; the middle ones are eight times as wide. */
const binsPerDoubling = 16;
const featureCount = 4;
/** No prediction is above so many times the greatest cost so far. */
const greatestFactor = 2;
/** Predictions are told in single precision. */
const singleMost = 3e38;

const known = (value: number): boolean => value >= 0 && value < Infinity;

/** The keys of the cells of a record, from wide to narrow: its type, its type with its rough size, and with its size. */
function keysOf({ bytes, type }: RecordFacts): readonly number[] {
  const kind = Number.isSafeInteger(type) && type >= 0 ? (type % 2 ** 24) + 1 : 0;
  const bin = known(bytes) ? Math.min(1022, Math.floor(Math.log2(1 + bytes) * binsPerDoubling)) : 1023;
  return [1023, bin === 1023 ? bin : bin >> 3, bin].map((place, width) => (kind * 1024 + place) * 3 + width);
}

/**
 * The logarithm of the cost is a line in the logarithms of size and complexity, by the least absolute errors; on it comes, one on
 * the other, what records of the same type, of the same type and rough size, and of the same type and size cost beyond that. Each
 * of these means is drawn to 0 while it has few records (shrinkage, James & Stein 1961), so that a new type costs what its size
 * tells. At last a factor makes costs and predictions the same in sum: a mean of logarithms is the typical cost, not the mean one.
 */
export class CostModel {
  readonly #line = new Regression(featureCount, memory);
  readonly #cells: Cells;
  readonly #features = new Float64Array(featureCount);
  #records = 0;
  #meanCost = 0;
  #meanTypical = 0;
  #greatest = 0;

  constructor(cells: number) {
    this.#cells = new Cells(cells, cellRate, cellDoubt);
  }

  #read({ bytes, complexity }: RecordFacts): void {
    this.#features[0] = 1;
    this.#features[1] = known(bytes) ? Math.log1p(bytes) : 0;
    this.#features[2] = known(complexity) ? Math.log1p(complexity) : 0;
    this.#features[3] = known(bytes) ? 0 : 1;
  }

  /** The logarithm of the cost. */
  #typical(facts: RecordFacts): number {
    this.#read(facts);
    return keysOf(facts).reduce((sum, key) => sum + this.#cells.at(key), this.#line.predict(this.#features));
  }

  /** 0 as long as no cost is known. */
  predict(facts: RecordFacts): number {
    if (this.#records === 0 || this.#meanCost === 0) return 0;
    const cost = Math.exp(this.#typical(facts)) * (this.#meanCost / this.#meanTypical);
    return Math.min(cost, greatestFactor * this.#greatest, singleMost);
  }

  /** A cost that is no number, or below 0, is passed over. */
  learn(facts: RecordFacts, cost: number): void {
    if (!known(cost)) return;
    this.#greatest = Math.max(this.#greatest, cost);
    const rate = Math.max(calibrationRate, 1 / ++this.#records);
    this.#meanCost += (cost - this.#meanCost) * rate;
    if (this.#meanCost === 0) return;
    const typical = Math.min(Math.exp(this.#typical(facts)), 1e3 * this.#meanCost);
    this.#meanTypical += (typical - this.#meanTypical) * rate;
    const target = Math.log(Math.max(cost, costLeast * this.#meanCost));
    let rest = target - this.#line.predict(this.#features);
    this.#line.learn(this.#features, target);
    for (const key of keysOf(facts)) {
      const before = this.#cells.at(key);
      this.#cells.learn(key, rest);
      rest -= before;
    }
  }

  walk(state: StateWalk): void {
    this.#line.walk(state);
    this.#cells.walk(state);
    this.#records = state.number(this.#records, 0);
    this.#meanCost = state.number(this.#meanCost, 0);
    this.#meanTypical = state.number(this.#meanTypical, 0);
    this.#greatest = state.number(this.#greatest, 0);
  }
}
