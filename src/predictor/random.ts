// Randomness from a seed, where being unpredictable does not matter.

/** Uniform from 0 to below 1: a linear congruential generator (Knuth, vol. 2, section 3.2.1). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
