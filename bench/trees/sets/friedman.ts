// A regression that is known: Friedman's function of five columns, among seven that say nothing.
import { Random } from '../../demo/random.js';
import { sampleOf, type Row, type Samples } from './sample.js';

const columns = 12;

/** "Multivariate adaptive regression splines", Annals of Statistics 19, 1991, section 4.3, with noise of variance about 1. */
export function friedman(rows: number, seed: number): Samples {
  const random = new Random(seed);
  const row = (): Row => {
    const values = Array.from({ length: columns }, () => random.next());
    const [a, b, c, d, e] = values as [number, number, number, number, number];
    const noise = Array.from({ length: 12 }, () => random.next()).reduce((sum, one) => sum + one, -6);
    return [values, 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + noise];
  };
  return {
    grown: sampleOf(Array.from({ length: rows }, row)),
    held: sampleOf(Array.from({ length: Math.ceil(rows / 2) }, row)),
  };
}
