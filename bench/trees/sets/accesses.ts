// Who will be asked for again: keys of a recorded trace at moments of it, and how often each is accessed soon after.
import type { LossName } from '../../../plugins/gradient-boosted/trees/index.js';
import { Random } from '../../demo/random.js';
import { linesOf } from '../../demo/records.js';
import { drawn, sampleOf, type Row, type Samples } from './sample.js';

/** Moments, evenly over this part of the trace; of each, a third of the keys is held out. */
const moments = 12;
const [firstMoment, lastMoment] = [0.4, 0.95];
/** Accesses are counted for so much of the trace from a moment on. */
const horizonShare = 0.05;
const windowShares = [0.002, 0.01, 0.05, 0.2];

/** The accesses of each key, in order; the clock is the number of the access. */
class Trace {
  readonly length: number;
  readonly #positions: number[][] = [];
  readonly #writes: Uint8Array;
  readonly #sizes: Float32Array;

  constructor(file: string) {
    const lines = linesOf(file).slice(1);
    this.length = lines.length;
    [this.#writes, this.#sizes] = [new Uint8Array(lines.length), new Float32Array(lines.length)];
    const numbers = new Map<string, number[]>();
    for (const [at, line] of lines.entries()) {
      const [, key, op, size] = line.split(',', 4);
      let positions = numbers.get(key!);
      if (positions === undefined) {
        numbers.set(key!, (positions = []));
        this.#positions.push(positions);
      }
      positions.push(at);
      this.#writes[at] = op === 'w' ? 1 : 0;
      this.#sizes[at] = Number(size);
    }
  }

  /** Keys that have been accessed before a moment: the order of the first access. */
  keysBefore(moment: number): number[] {
    const end = this.#positions.findIndex((positions) => positions[0]! >= moment);
    return [...(end < 0 ? this.#positions : this.#positions.slice(0, end)).keys()];
  }

  /** What is known of a key at a moment, and its accesses until the horizon. */
  look(key: number, moment: number, horizon: number): { known: number[]; soon: number } {
    const positions = this.#positions[key]!;
    const before = (time: number) => countBelow(positions, time);
    const count = before(moment);
    const back = (i: number) => (i > count ? NaN : positions[count - i]!);
    const last = back(1);
    const gaps = [last - back(2), back(2) - back(3), back(3) - back(4)];
    const inWindows = windowShares.map((share) => count - before(moment - share * this.length));
    const meanGap = count > 1 ? (last - positions[0]!) / (count - 1) : NaN;
    const kind = this.#writes[last]! + this.#sizes[last]!;
    const known = [moment - last, ...gaps, count, moment - positions[0]!, meanGap, ...inWindows, kind];
    return { known, soon: before(moment + horizon) - count };
  }
}

function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Twelve columns: time since the last access, the last three gaps, accesses, time since the first access, mean gap, accesses in
 * four windows, and the kind and size of the last. Targets: how many accesses follow (poisson), or whether one does (logistic).
 */
export function accessed(file: string, loss: LossName, rows: number, seed: number): Samples {
  const trace = new Trace(file);
  const random = new Random(seed);
  const rowsAt = (_: unknown, number: number): Row[] => {
    const moment = Math.floor(trace.length * (firstMoment + ((lastMoment - firstMoment) * number) / (moments - 1)));
    return drawn(trace.keysBefore(moment), Math.ceil((rows * 1.5) / moments), random).map((key) => {
      const { known, soon } = trace.look(key, moment, horizonShare * trace.length);
      return [known, loss === 'logistic' ? Math.min(soon, 1) : soon];
    });
  };
  const all = Array.from({ length: moments }, rowsAt).flat();
  const part = (held: boolean): Row[] => all.filter((_, row) => (row % 3 === 0) === held);
  return { grown: sampleOf(part(false).slice(0, rows)), held: sampleOf(part(true)) };
}
