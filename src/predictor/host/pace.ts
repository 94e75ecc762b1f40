// How many accesses a store has, as its windows tell.
import type { AccessWindow } from '../batch.js';

/** Milliseconds after which what was before counts half. */
const halfLifeMs = 10_000;

/** A decayed mean over the accesses between the beginnings of windows, those included that no window shows. */
export class Pace {
  #first: number | undefined;
  #beganMs = 0;
  #accesses = 0;
  #ms = 0;

  /** Windows in their order. */
  note({ first, times }: Pick<AccessWindow, 'first' | 'times'>): void {
    const beganMs = times[0]!;
    if (this.#first !== undefined && beganMs > this.#beganMs) {
      const ms = beganMs - this.#beganMs;
      const kept = 2 ** (-ms / halfLifeMs);
      this.#accesses = this.#accesses * kept + (first - this.#first);
      this.#ms = this.#ms * kept + ms;
    } else if (this.#first !== undefined) return;
    this.#first = first;
    this.#beganMs = beganMs;
  }

  /** 0: not known yet. */
  get perSecond(): number {
    return this.#ms === 0 ? 0 : (1000 * this.#accesses) / this.#ms;
  }
}
