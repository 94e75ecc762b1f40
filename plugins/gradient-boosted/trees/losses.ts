// The losses that trees are fitted to: their derivatives, where to start, and how a margin becomes a response.

/** squared: (y - m)^2 / 2. poisson: exp(m) - y m. logistic: log(1 + exp(m)) - y m. m is the margin, y the target. */
export type LossName = 'squared' | 'poisson' | 'logistic';
export const lossNames: readonly LossName[] = ['squared', 'poisson', 'logistic'];

/** Margins go into exp() no further from 0 than this, so that responses and their sums stay finite. */
const marginLimit = 30;
/** Least second derivative of a row, as a part of its weight: a leaf of sure rows is not divided by nothing. */
const hessianFloor = 1e-6;

/** A leaf of rates adds no more than this; their second derivatives are those that such a step leads to. */
const rateStep = 0.7;

/** What each row gives: its margin, target and weight; no weights: 1 each. */
export interface Fit {
  readonly margins: Float64Array;
  readonly targets: Float32Array;
  readonly weights: Float32Array | undefined;
}

export interface Loss {
  readonly name: LossName;
  /** A target lies from the one to the other. */
  readonly range: readonly [number, number];
  /** The derived second derivatives are so many times the true ones. */
  readonly caution: number;
  /** A leaf adds no more than this to the margin before it is multiplied by the learning rate. */
  readonly maxStep: number;
  /** The response of a margin. */
  respond(margin: number): number;
  /** The loss of one row, up to a constant that does not depend on the margin. */
  lossOf(margin: number, target: number): number;
  /** Writes the first and second derivatives of the loss by the margin, times the weight, of each row. */
  derive(fit: Fit, gradients: Float64Array, hessians: Float64Array): void;
}

const expOf = (margin: number): number => Math.exp(Math.min(marginLimit, Math.max(-marginLimit, margin)));

const squared: Loss = {
  name: 'squared',
  range: [-Infinity, Infinity],
  caution: 1,
  maxStep: Infinity,
  respond: (margin) => margin,
  lossOf: (margin, target) => (margin - target) ** 2 / 2,
  derive({ margins, targets, weights }, gradients, hessians) {
    for (let row = 0; row < margins.length; row++) {
      const weight = weights === undefined ? 1 : weights[row]!;
      gradients[row] = weight * (margins[row]! - targets[row]!);
      hessians[row] = weight;
    }
  },
};

const poisson: Loss = {
  name: 'poisson',
  range: [0, Infinity],
  caution: Math.exp(rateStep),
  maxStep: rateStep,
  respond: expOf,
  lossOf: (margin, target) => expOf(margin) - target * margin,
  derive({ margins, targets, weights }, gradients, hessians) {
    for (let row = 0; row < margins.length; row++) {
      const weight = weights === undefined ? 1 : weights[row]!;
      const rate = Math.exp(Math.min(marginLimit, Math.max(-marginLimit, margins[row]!)));
      gradients[row] = weight * (rate - targets[row]!);
      hessians[row] = weight * poisson.caution * Math.max(hessianFloor, rate);
    }
  },
};

const logistic: Loss = {
  name: 'logistic',
  range: [0, 1],
  caution: 1,
  maxStep: 8,
  respond: (margin) => 1 / (1 + expOf(-margin)),
  lossOf: (margin, target) => Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))) - target * margin,
  derive({ margins, targets, weights }, gradients, hessians) {
    for (let row = 0; row < margins.length; row++) {
      const weight = weights === undefined ? 1 : weights[row]!;
      const share = 1 / (1 + Math.exp(Math.min(marginLimit, Math.max(-marginLimit, -margins[row]!))));
      gradients[row] = weight * (share - targets[row]!);
      hessians[row] = weight * Math.max(hessianFloor, share * (1 - share));
    }
  },
};

const losses: Readonly<Record<LossName, Loss>> = { squared, poisson, logistic };

export const findLoss = (name: LossName): Loss => losses[name];

const sum = (numbers: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i]!;
  return total;
};

/** The number, or the bound that it is beyond. */
const within = (number: number, bound: number): number => Math.min(bound, Math.max(-bound, number));

/** Steps until the best constant is met, at most, and how far one goes at most where the loss is not squared. */
const startSteps = 50;
const startStep = 4;

/**
 * The constant that added to all margins gives the least loss, by Newton's method (Friedman, "Greedy function approximation",
 * Annals of Statistics 29, 2001, algorithm 1, line 1). It stops at the limit of margins when the targets are all at one end.
 */
export function bestConstant(loss: Loss, fit: Fit): number {
  const gradients = new Float64Array(fit.margins.length);
  const hessians = new Float64Array(fit.margins.length);
  const margins = fit.margins.slice();
  const furthest = loss.name === 'squared' ? Infinity : marginLimit;
  let constant = 0;
  for (let step = 0; step < startSteps; step++) {
    loss.derive({ ...fit, margins }, gradients, hessians);
    const all = sum(hessians) / loss.caution;
    if (all === 0) return 0;
    const wanted = constant - within(sum(gradients) / all, furthest === Infinity ? Infinity : startStep);
    const change = within(wanted, furthest) - constant;
    constant += change;
    if (Math.abs(change) < 1e-9 * (1 + Math.abs(constant))) break;
    for (let row = 0; row < margins.length; row++) margins[row] = fit.margins[row]! + constant;
  }
  return constant;
}
