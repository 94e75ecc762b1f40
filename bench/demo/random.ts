// Seeded randomness: the same seed gives the same accesses.

/** sfc32, Chris Doty-Humphrey's small fast counter: 128 bits of state, passes PractRand. */
export class Random {
  #a: number;
  #b: number;
  #c = 0x9e3779b9;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** From 0 to below 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }
}

/** Sum of i^-theta for i from 1 to n: the first terms one by one, the rest by Euler and Maclaurin. */
function zeta(n: number, theta: number): number {
  const exact = Math.min(n, 1000);
  let sum = 0;
  for (let i = 1; i <= exact; i++) sum += i ** -theta;
  if (n === exact) return sum;
  const integral = (n ** (1 - theta) - exact ** (1 - theta)) / (1 - theta);
  return sum + integral + (n ** -theta - exact ** -theta) / 2;
}

/** Ranks 0 to n - 1 by Zipf's law, after Gray et al., "Quickly generating billion-record synthetic databases". */
export class Zipf {
  readonly #n: number;
  readonly #zetaN: number;
  readonly #second: number;
  readonly #alpha: number;
  readonly #eta: number;

  /** `theta` from 0 (all alike) to below 1. */
  constructor(n: number, theta: number) {
    this.#n = n;
    this.#zetaN = zeta(n, theta);
    this.#second = 1 + 0.5 ** theta;
    this.#alpha = 1 / (1 - theta);
    this.#eta = (1 - (2 / n) ** (1 - theta)) / (1 - zeta(2, theta) / this.#zetaN);
  }

  rank(random: Random): number {
    const u = random.next();
    const share = u * this.#zetaN;
    if (share < 1) return 0;
    if (share < this.#second) return 1;
    return Math.min(this.#n - 1, Math.floor(this.#n * (this.#eta * u - this.#eta + 1) ** this.#alpha));
  }
}
