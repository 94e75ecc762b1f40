// The rate of all nodes together, and how much of what is expected of each of them is made of it.
import type { StateWalk } from '../common/saved_state.js';
import { secondsPerDay } from './hazard.js';

const halfLifeDays = 365;
/** Node-days for which the first rate is believed. */
const firstDays = 30;
/** Of a round that is one more in the past. */
const roundLeft = 0.9995;
/** How much of the failures is taken for the whole's at first, and for how many failures that counts. */
const firstShare = 0.25;
const firstTrust = 100;
/** For how many it counts at least, when what came has faded: without a failure for years, expectations would end at 0. */
const leastTrust = 2;

/** Failures put down to the node's own past and to the whole, and what each had expected. */
const firstSums = [1 - firstShare, firstShare, 1, 1] as const;

/**
 * What takes many nodes at once does not ask how long one of them has been quiet: its own past expects too little of it then. So an
 * expectation is the sum of a share of what the node's own past says and a share of the rate of all nodes. Each failure is put down
 * to the two in the proportion in which they had expected it, and each share is what was put down to it over what it had expected
 * (expectation maximization of a sum of Poisson's; Shepp and Vardi, "Maximum likelihood reconstruction for emission tomography",
 * 1982), with sums that fade, tempered as the weights of models are.
 */
export class Whole {
  /** Fading: failures, and node-days. */
  readonly #seen = new Float64Array(2);
  /** Fading, as firstSums. */
  readonly #sums = Float64Array.from(firstSums, (first) => first * firstTrust);
  readonly #round = new Float64Array(4);
  #roundFailures = 0;
  #roundDays = 0;
  #at = 0;

  /** Failures of a node a day, before any were seen. */
  constructor(readonly firstRate: number) {}

  /** What is to be expected of a row, by what its node's own past expects and the row's length. */
  expect(own: number, seconds: number): number {
    return this.#ofOwn(own) + this.#ofWhole(seconds);
  }

  /** A row of the round. */
  add(own: number, seconds: number, failures: number): void {
    const [ofOwn, ofWhole] = [this.#ofOwn(own), this.#ofWhole(seconds)];
    const round = this.#round;
    if (ofOwn + ofWhole > 0) {
      round[0]! += (failures * ofOwn) / (ofOwn + ofWhole);
      round[1]! += (failures * ofWhole) / (ofOwn + ofWhole);
    }
    round[2]! += own;
    round[3]! += this.#rate * (seconds / secondsPerDay);
    this.#roundFailures += failures;
    this.#roundDays += seconds / secondsPerDay;
  }

  /** The round is over. `time` in seconds; `dispersion`: how many failures come together. */
  learn(time: number, dispersion: number): void {
    const left = 0.5 ** ((time - this.#at) / secondsPerDay / halfLifeDays);
    this.#at = time;
    this.#seen[0] = this.#seen[0]! * left + this.#roundFailures;
    this.#seen[1] = this.#seen[1]! * left + this.#roundDays;
    for (const [at, first] of firstSums.entries())
      this.#sums[at] = this.#sums[at]! * roundLeft + first * leastTrust * (1 - roundLeft) + this.#round[at]! / dispersion;
    this.#round.fill(0);
    this.#roundFailures = this.#roundDays = 0;
  }

  walk(state: StateWalk): void {
    this.#at = state.number(this.#at, 0);
    state.numbers(this.#seen, 0);
    state.numbers(this.#sums, Number.MIN_VALUE);
  }

  /** Failures of a node a day. */
  get #rate(): number {
    return (this.#seen[0]! + this.firstRate * firstDays) / (this.#seen[1]! + firstDays);
  }

  #ofOwn(own: number): number {
    return (this.#sums[0]! / this.#sums[2]!) * own;
  }

  #ofWhole(seconds: number): number {
    return (this.#sums[1]! / this.#sums[3]!) * this.#rate * (seconds / secondsPerDay);
  }
}
