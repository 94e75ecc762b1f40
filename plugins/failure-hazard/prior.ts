// What is known of a node before it is known: the Gamma distribution that the rates of all nodes come from.

const shapeLeast = 0.01;
const shapeMost = 100;

/** The derivative of log Gamma(x), by its recurrence up to 6 and the asymptotic series from there. */
export function digamma(x: number): number {
  let below = 0;
  let at = x;
  for (; at < 6; at++) below += 1 / at;
  const square = 1 / (at * at);
  return Math.log(at) - 0.5 / at - square * (1 / 12 - square * (1 / 120 - square / 252)) - below;
}

/** Of digamma(x). */
export function trigamma(x: number): number {
  let below = 0;
  let at = x;
  for (; at < 6; at++) below += 1 / (at * at);
  const square = 1 / (at * at);
  return below + 1 / at + square / 2 + (square / at) * (1 / 6 - square * (1 / 30 - square / 42));
}

/** The shape at which log(shape) - digamma(shape) is `gap`; two steps of Newton's method from `shape`. */
function shapeNear(shape: number, gap: number): number {
  let near = shape;
  for (let step = 0; step < 2; step++) {
    const next = near - (Math.log(near) - digamma(near) - gap) / (1 / near - trigamma(near));
    near = Math.min(near * 2, Math.max(near / 2, next));
  }
  return Math.min(shapeMost, Math.max(shapeLeast, near));
}

/** A Gamma distribution of rates, fitted to nodes by empirical Bayes. */
export interface Prior {
  /** The lower, the more nodes differ. */
  shape: number;
  /** Failures per unit of exposure. */
  mean: number;
}

/** Of a node with so many failures in such an exposure: the mean of its Gamma posterior (Gelman et al., BDA3, section 2.6). */
export const posteriorMean = (count: number, exposure: number, { shape, mean }: Prior): number =>
  (count + shape) / (exposure + shape / mean);

/**
 * One step of expectation maximization: the mean is that of all nodes together, with half a failure at the first rate added, and
 * the shape the likeliest, given what the prior as it was makes of each node.
 */
export function refit(prior: Prior, counts: Float64Array, exposures: Float64Array, nodes: number, firstMean: number): void {
  let [count, exposure] = [0.5, 0.5 / firstMean];
  for (let node = 0; node < nodes; node++) {
    count += counts[node]!;
    exposure += exposures[node]!;
  }
  const mean = count / exposure;
  const scale = prior.shape / mean;
  let [rates, logs] = [0, 0];
  for (let node = 0; node < nodes; node++) {
    const posterior = counts[node]! + prior.shape;
    rates += posterior / (exposures[node]! + scale);
    logs += digamma(posterior) - Math.log(exposures[node]! + scale);
  }
  const gap = Math.log(mean) + (rates / mean - logs) / nodes - 1;
  prior.mean = mean;
  prior.shape = shapeNear(prior.shape, Math.max(1e-4, gap));
}
