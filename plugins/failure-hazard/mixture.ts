// How far each of several models is believed: as far as it has foretold.
import type { StateWalk } from '../common/saved_state.js';

/** What every model is believed at least, over their number: one that was wrong for long can come back. */
const leastShare = 0.001;
/** Of a round that is one more in the past. */
const roundLeft = 0.9995;

/**
 * Weights of models by the likelihood of what they foretold (Bayesian model averaging), with a small share for all of them as by
 * Herbster and Warmuth, "Tracking the best expert", 1998. Failures that come together are not so many lessons: the likelihood is
 * tempered by how much more the totals of rounds scatter than Poisson's would (quasi-likelihood; McCullagh and Nelder, chapter 9).
 */
export class Mixture {
  readonly weights: Float64Array;
  /** Fading sum of what rounds scattered by, in units of Poisson's variance, and of how many they were. */
  readonly scatter = new Float64Array(2);

  constructor(models: number) {
    this.weights = new Float64Array(models).fill(1 / models);
  }

  /** 1: failures come each by itself; 50: as if in groups of 50. */
  get dispersion(): number {
    const [sum, rounds] = this.scatter as unknown as [number, number];
    return rounds > 0 ? Math.max(1, sum / rounds) : 1;
  }

  /** A round is over: `logLikelihoods` of each model, how many failures were expected, and how many there were. */
  learn(logLikelihoods: Float64Array, expected: number, failures: number): void {
    this.scatter[0] = this.scatter[0]! * roundLeft + (failures - expected) ** 2 / Math.max(expected, 0.001);
    this.scatter[1] = this.scatter[1]! * roundLeft + 1;
    const { weights, dispersion } = this;
    const best = Math.max(...logLikelihoods);
    for (const [model, logLikelihood] of logLikelihoods.entries())
      weights[model]! *= Math.exp((logLikelihood - best) / dispersion);
    const sum = weights.reduce((a, b) => a + b);
    for (const [model, weight] of weights.entries())
      weights[model] = ((1 - leastShare) * weight) / sum + leastShare / weights.length;
  }

  walk(state: StateWalk): void {
    state.numbers(this.weights, Number.MIN_VALUE);
    state.numbers(this.scatter, 0);
  }
}
