// How far a backtest is: a line of a terminal that is written again and again; elsewhere nothing is written.
import { cut, visible } from '../text.js';

const everyMs = 250;
const clearLine = '\r\u001b[K';
const columnsDefault = 80;

export class Progress {
  readonly #out = process.stderr;
  readonly #name: string;
  readonly #began = performance.now();
  #shownAt = 0;

  constructor(name: string) {
    this.#name = visible(name);
  }

  /** `share`: 0 to 1. */
  show(share: number): void {
    const now = performance.now();
    if (this.#out.isTTY !== true || now - this.#shownAt < everyMs) return;
    this.#shownAt = now;
    const left = Math.ceil(((now - this.#began) / 1000) * (1 / Math.max(share, 1e-6) - 1));
    const text = `${(100 * share).toFixed(0)} %, ${left} s left: ${this.#name}`;
    this.#out.write(clearLine + cut(text, (this.#out.columns || columnsDefault) - 1));
  }

  end(): void {
    if (this.#shownAt > 0) this.#out.write(clearLine);
  }
}
