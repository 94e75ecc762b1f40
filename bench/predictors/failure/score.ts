// How good predictions of failures were: their likelihood, and whether as many came as were expected.

/** A tenth of the rows: those of the lowest expectations, and so on. */
export interface Decile {
  readonly rows: number;
  readonly expected: number;
  readonly failures: number;
}

/** The rows of one foreteller as they are scored. */
export class Score {
  logLikelihood = 0;
  expected = 0;
  readonly #parts: { expected: Float32Array; targets: Float32Array }[] = [];

  /** Poisson's, without the factorials, which are the same for all. */
  add(expected: Float32Array, targets: Float32Array): void {
    for (const [row, mean] of expected.entries()) {
      const failures = targets[row]!;
      this.logLikelihood += (failures > 0 ? failures * Math.log(mean) : 0) - mean;
      this.expected += mean;
    }
    this.#parts.push({ expected: expected.slice(), targets });
  }

  /** By the number of rows. */
  deciles(): Decile[] {
    const rows = this.#parts.reduce((sum, { targets }) => sum + targets.length, 0);
    const [expected, targets] = [new Float32Array(rows), new Float32Array(rows)];
    let filled = 0;
    for (const part of this.#parts) {
      expected.set(part.expected, filled);
      targets.set(part.targets, filled);
      filled += part.targets.length;
    }
    const order = Uint32Array.from(expected.keys()).toSorted((a, b) => expected[a]! - expected[b]!);
    const sum = (values: Float32Array, part: Uint32Array) => part.reduce((total, row) => total + values[row]!, 0);
    return Array.from({ length: 10 }, (_, tenth) => {
      const part = order.subarray(Math.floor((tenth * rows) / 10), Math.floor(((tenth + 1) * rows) / 10));
      return { rows: part.length, expected: sum(expected, part), failures: sum(targets, part) };
    });
  }
}
