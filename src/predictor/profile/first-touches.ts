// What is read first after a restart, in that order, as long as every access has been seen.
import type { AccessWindow } from '../batch.js';
import { KeyList } from './key-list.js';

export interface FirstTouchesOptions {
  /** Distinct keys that are kept; with so many it is done. Default: 4096. */
  keysMax?: number;
  /** Reads that are looked at; behind them it is done. Default: 10,000. */
  readsMax?: number;
}

/** The distinct keys of the first reads since the open. Writes do not count: what is written first is not waited for. */
export class FirstTouches {
  readonly #keys: KeyList;
  readonly #readsMax: number;
  #reads = 0;
  /** The number of the access that the next window must begin with. */
  #next = 0;
  #gap = false;

  constructor({ keysMax = 4096, readsMax = 10_000 }: FirstTouchesOptions = {}) {
    this.#keys = new KeyList(keysMax);
    this.#readsMax = readsMax;
  }

  /**
   * Notes a window; `first` counts from the open. One that does not begin where the last one ended ends the collection, and
   * is not looked at: what came between is not known.
   */
  note(window: AccessWindow): void {
    if (this.done) return;
    this.#gap = window.first !== this.#next;
    this.#next += window.keys.length;
    for (let at = 0; at < window.keys.length && !this.done; at++) {
      if (window.writes[at] === 1) continue;
      this.#reads++;
      this.#keys.add(window.keys[at]!);
    }
  }

  /** Distinct keys in the order in which they were first read; a copy. */
  get keys(): Float64Array {
    return this.#keys.toArray();
  }

  /** Reads so far, those of keys that had been read before included. */
  get reads(): number {
    return this.#reads;
  }

  /** Nothing more will be added: there are enough reads or keys, or accesses were missed. */
  get done(): boolean {
    return this.#gap || this.#reads >= this.#readsMax || this.#keys.full;
  }
}
