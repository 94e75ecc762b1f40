// How often something may be done, so that it takes no more than a part of the time.

/** Work of one kind, at most `share` of the time. */
export class Duty {
  #nextMs = -Infinity;
  #beganMs = -Infinity;

  /** `leastMs`: from the beginning of one to that of the next, at least. */
  constructor(
    readonly share: number,
    readonly leastMs: number,
    readonly nowMs: () => number,
  ) {}

  get due(): boolean {
    return this.nowMs() >= this.#nextMs;
  }

  async spend<Result>(work: () => Promise<Result>): Promise<Result> {
    const began = this.nowMs();
    try {
      return await work();
    } finally {
      this.note(began, this.nowMs() - began);
    }
  }

  /** From the beginning of the last one to when the next one may begin, in milliseconds. */
  get periodMs(): number {
    return this.#beganMs === -Infinity ? this.leastMs : this.#nextMs - this.#beganMs;
  }

  /** Work of so many milliseconds that began then; what was noted before and is not paid off yet comes on top. */
  note(beganMs: number, workMs: number): void {
    this.#beganMs = beganMs;
    this.#nextMs = Math.max(beganMs + this.leastMs, Math.max(beganMs, this.#nextMs) + workMs / this.share);
  }
}
