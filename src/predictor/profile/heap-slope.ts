// How fast the heap grows: a line through what it was in the last minutes.

export interface HeapSlopeOptions {
  /** Milliseconds; older samples are left out. Default: 600,000. */
  windowMs?: number;
  /** Samples that are kept; those that come closer together than that allows are passed over. Default: 600. */
  samplesMax?: number;
}

/** Samples must span this part of the window, or the line says nothing. */
const spanLeast = 0.1;
const unknown = -1;

/** Least squares over the samples of the window. Time is told, on any clock that does not go back. */
export class HeapSlope {
  readonly #windowMs: number;
  readonly #spacingMs: number;
  readonly #times: Float64Array;
  readonly #bytes: Float64Array;
  #count = 0;

  constructor({ windowMs = 600_000, samplesMax = 600 }: HeapSlopeOptions = {}) {
    this.#windowMs = windowMs;
    this.#spacingMs = windowMs / samplesMax;
    this.#times = new Float64Array(samplesMax + 1);
    this.#bytes = new Float64Array(samplesMax + 1);
  }

  /** Samples in the window. */
  get samples(): number {
    return this.#count;
  }

  /** The heap had so many bytes at a time. Where the clock has gone back, what was before is forgotten. */
  add(atMs: number, bytes: number): void {
    const last = this.#count > 0 ? this.#times[this.#count - 1]! : -Infinity;
    if (atMs < last) this.#count = 0;
    else if (atMs - last < this.#spacingMs) return;
    this.#forget(atMs);
    this.#times[this.#count] = atMs;
    this.#bytes[this.#count++] = bytes;
  }

  /** Growth as of a time, in bytes per second; -1: not known, as the samples of the window are few or close together. */
  bytesPerSecond(nowMs: number): number {
    this.#forget(nowMs);
    const count = this.#count;
    if (count < 3 || this.#times[count - 1]! - this.#times[0]! < this.#windowMs * spanLeast) return unknown;
    const [times, bytes] = [this.#times.subarray(0, count), this.#bytes.subarray(0, count)];
    const mean = (numbers: Float64Array) => numbers.reduce((sum, number) => sum + number, 0) / count;
    const [meanTime, meanBytes] = [mean(times), mean(bytes)];
    let [products, squares] = [0, 0];
    for (let at = 0; at < count; at++) {
      products += (times[at]! - meanTime) * (bytes[at]! - meanBytes);
      squares += (times[at]! - meanTime) ** 2;
    }
    return (1000 * products) / squares;
  }

  /** What is older than the window. */
  #forget(nowMs: number): void {
    let old = 0;
    while (old < this.#count && this.#times[old]! < nowMs - this.#windowMs) old++;
    this.#times.copyWithin(0, old, this.#count);
    this.#bytes.copyWithin(0, old, this.#count);
    this.#count -= old;
  }
}
