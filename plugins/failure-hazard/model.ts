// The model: rates of nodes, the hazard after a failure, how far each pair of half-life and shape is believed, and the rate of all.
import type { Batch, Lesson } from '../../src/predictor/index.js';
import type { StateWalk } from '../common/saved_state.js';
import { exposeTo, secondsPerDay } from './hazard.js';
import { Mixture } from './mixture.js';
import { posteriorMean, refit, type Prior } from './prior.js';
import { Rates } from './rates.js';
import type { HazardSettings } from './settings.js';
import { Whole } from './whole.js';

export const columns = ['node', 'seconds', 'interval', 'observed', 'sinceFailure'] as const;
export type Column = (typeof columns)[number];

/** Below it, an expectation is not told from never. */
const leastExpected = 1e-12;

const isAmount = (value: number): boolean => value >= 0 && value < Infinity;
/** What is not known is none. */
const amountOf = (value: number): number => (isAmount(value) ? value : 0);
/** A node whose number is none is one that is not known. */
const nodeOf = (node: number): number => (Number.isFinite(node) ? node : -1);

export class HazardModel {
  readonly #rates: Rates;
  readonly #mixture: Mixture;
  readonly #whole: Whole;
  readonly #priors: Prior[];
  /** The latest time that was learned of, in seconds: those of the rows, and what they have begun anew by. */
  #now = 0;
  #begunAnewBy = 0;
  #rowsUnfitted = 0;
  readonly #exposed: Float64Array;
  readonly #expected: Float64Array;

  constructor(readonly settings: HazardSettings) {
    const { halfLivesDays, shapes, firstRatePerDay, maxNodes } = settings;
    this.#rates = new Rates(halfLivesDays, shapes.length, maxNodes);
    const { models } = this.#rates;
    this.#mixture = new Mixture(models);
    this.#whole = new Whole(firstRatePerDay);
    this.#priors = Array.from({ length: models }, () => ({ shape: 0.5, mean: firstRatePerDay }));
    this.#exposed = new Float64Array(shapes.length);
    this.#expected = new Float64Array(models);
  }

  /** Expected failures of each row. */
  predict({ rows, columns: features }: Batch<Column>): Float32Array {
    const expected = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      this.#expose(features, row);
      const slot = this.#rates.slots.get(nodeOf(features.node[row]!));
      const own = slot === undefined ? this.#expectNew() : this.#expectOf(slot, this.#timeOf(features.seconds[row]!));
      expected[row] = this.#whole.expect(own, amountOf(features.interval[row]!));
    }
    return expected;
  }

  /**
   * The rows of a lesson are one round: what fails in it together is taken for one cause. Rows with what is no number of failures
   * are passed over.
   */
  learn({ rows, columns: features, targets }: Lesson<Column>): void {
    if (rows === 0) return;
    this.#noteNewBeginning(features);
    const likelihoods = new Float64Array(this.#rates.models);
    let [expected, failures] = [0, 0];
    for (let row = 0; row < rows; row++) {
      if (!isAmount(targets[row]!)) continue;
      const time = this.#timeOf(features.seconds[row]!);
      this.#now = Math.max(this.#now, time);
      this.#expose(features, row);
      const slot = this.#rates.see(nodeOf(features.node[row]!), time);
      const own = this.#expectOf(slot, time);
      expected += own;
      failures += targets[row]!;
      this.#whole.add(own, amountOf(features.interval[row]!), targets[row]!);
      this.#weigh(likelihoods, targets[row]!);
      this.#count(slot, targets[row]!);
    }
    this.#mixture.learn(likelihoods, expected, failures);
    this.#whole.learn(this.#now, this.#mixture.dispersion);
    this.#rowsUnfitted += rows;
    const { size } = this.#rates.slots;
    if (size > 0 && this.#rowsUnfitted >= size) this.#refit();
  }

  /** Of a row whose time is unknown: the latest one. */
  #timeOf(seconds: number): number {
    return isAmount(seconds) ? seconds + this.#begunAnewBy : this.#now;
  }

  /** A round that lies before the latest one by more than its length is the first of a new count: time goes on from there. */
  #noteNewBeginning({ seconds, interval }: Batch<Column>['columns']): void {
    const [latest, longest] = [seconds, interval].map((values) => values.reduce((most, value) => Math.max(most, value), 0));
    const behind = this.#now - this.#timeOf(latest!);
    if (behind > longest!) this.#begunAnewBy += behind;
  }

  /** A node is as old as its last failure, or as its first sight if it has had none. */
  #expose({ interval, observed, sinceFailure }: Batch<Column>['columns'], row: number): void {
    const since = isAmount(sinceFailure[row]!) ? sinceFailure[row]! : amountOf(observed[row]!);
    exposeTo(this.#exposed, since / secondsPerDay, amountOf(interval[row]!) / secondsPerDay, this.settings.shapes);
  }

  #expectNew(): number {
    return this.#mix((model) => this.#priors[model]!.mean);
  }

  #expectOf(slot: number, time: number): number {
    const { counts, exposures, models, halfLivesDays, shapes, at } = this.#rates;
    const left = this.#rates.fading(Math.max(0, time - at[slot]!));
    return this.#mix((model) => {
      const halfLife = Math.floor(model / shapes);
      const share = left[halfLife]!;
      const count = counts[slot * halfLivesDays.length + halfLife]! * share;
      return posteriorMean(count, exposures[slot * models + model]! * share, this.#priors[model]!);
    });
  }

  #mix(rateOf: (model: number) => number): number {
    const { weights } = this.#mixture;
    let sum = 0;
    for (let model = 0; model < weights.length; model++) {
      const expected = rateOf(model) * this.#exposed[model % this.#rates.shapes]!;
      this.#expected[model] = expected;
      sum += weights[model]! * expected;
    }
    return sum;
  }

  /** Poisson's, without what all models have in common. */
  #weigh(likelihoods: Float64Array, failures: number): void {
    for (let model = 0; model < likelihoods.length; model++) {
      const expected = Math.max(this.#expected[model]!, leastExpected);
      likelihoods[model]! += (failures > 0 ? failures * Math.log(expected) : 0) - expected;
    }
  }

  #count(slot: number, failures: number): void {
    const { counts, exposures, models, halfLivesDays, shapes } = this.#rates;
    for (let at = 0; at < halfLivesDays.length; at++) counts[slot * halfLivesDays.length + at]! += failures;
    for (let model = 0; model < models; model++) exposures[slot * models + model]! += this.#exposed[model % shapes]!;
  }

  #refit(): void {
    this.#rowsUnfitted = 0;
    const nodes = this.#rates.slots.size;
    const [counts, exposures] = [new Float64Array(nodes), new Float64Array(nodes)];
    for (const [model, prior] of this.#priors.entries()) {
      this.#rates.gather(model, this.#now, counts, exposures);
      refit(prior, counts, exposures, nodes, this.settings.firstRatePerDay);
    }
  }

  /** What is learned under other settings means nothing here: a state of them is refused. */
  walk(state: StateWalk): void {
    const { halfLivesDays, shapes } = this.settings;
    for (const own of [halfLivesDays.length, ...halfLivesDays, shapes.length, ...shapes])
      if (state.number(own) !== own) throw new Error('the saved state is of other settings');
    this.#now = state.number(this.#now);
    this.#begunAnewBy = state.number(this.#begunAnewBy, 0);
    this.#rowsUnfitted = state.number(this.#rowsUnfitted, 0);
    this.#mixture.walk(state);
    this.#whole.walk(state);
    for (const prior of this.#priors) {
      prior.shape = state.number(prior.shape, Number.MIN_VALUE);
      prior.mean = state.number(prior.mean, Number.MIN_VALUE);
    }
    this.#rates.walk(state);
  }
}
