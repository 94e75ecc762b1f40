// The lines that a client of the heat socket gets.
import type { Heat, HotKey } from '../heat.js';
import type { HeatChange, HeatHistory } from '../history.js';
import type { HeatMapOptions } from '../map.js';
import { protocolVersion, type FirstHeatFrame, type NextHeatFrame } from './protocol.js';

const hotKeysShown = 10;
const hotKeysEveryMs = 5000;
/** Rates in the history of a first line; beyond, moments are left out. */
const historyRatesMax = 100_000;

/** The hottest keys, looked for now and then only, for all clients: it takes a look at every page of the index. */
export class SharedHotKeys {
  readonly #heat: Heat<unknown>;
  #found: Promise<HotKey<string>[]> | undefined;
  #staleMs = 0;

  constructor(heat: Heat<unknown>) {
    this.#heat = heat;
  }

  current(): Promise<HotKey<string>[]> {
    if (this.#found === undefined || performance.now() > this.#staleMs) this.#found = this.#find();
    return this.#found;
  }

  async #find(): Promise<HotKey<string>[]> {
    this.#staleMs = Infinity;
    try {
      return await this.#heat.hotKeyTexts(hotKeysShown);
    } finally {
      this.#staleMs = performance.now() + hotKeysEveryMs;
    }
  }
}

/** Evenly spread moments of it, the latest among them. */
function thinned({ moments, changes }: HeatHistory): HeatHistory {
  const rates = moments.reduce((sum, { ids }) => sum + ids.length, 0);
  const step = Math.max(1, Math.ceil(rates / historyRatesMax));
  return { moments: moments.filter((_, i) => (moments.length - 1 - i) % step === 0), changes };
}

export interface Line {
  readonly text: string;
  /** How long the owner's thread was held up by it. */
  readonly costMs: number;
}

export class Feed {
  readonly #heat: Heat<unknown>;
  readonly #hotKeys: SharedHotKeys;
  readonly #directory: string;
  readonly #by: HeatMapOptions['by'];
  #begun = false;
  #lastChange: HeatChange | undefined;

  constructor(heat: Heat<unknown>, hotKeys: SharedHotKeys, directory: string, by: HeatMapOptions['by']) {
    this.#heat = heat;
    this.#hotKeys = hotKeys;
    this.#directory = directory;
    this.#by = by;
  }

  async next(): Promise<Line> {
    const hotKeys = await this.#hotKeys.current();
    const began = performance.now();
    const text = `${JSON.stringify(this.#begun ? this.#next(hotKeys) : this.#first(hotKeys))}\n`;
    this.#begun = true;
    return { text, costMs: performance.now() - began };
  }

  #first(hotKeys: readonly HotKey<string>[]): FirstHeatFrame {
    const history = this.#heat.history();
    this.#lastChange = history.changes.at(-1);
    const map = this.#heat.map({ by: this.#by });
    return { version: protocolVersion, directory: this.#directory, pid: process.pid, map, history: thinned(history), hotKeys };
  }

  /** If the last change told has left the history meanwhile, all that it holds are new. */
  #next(hotKeys: readonly HotKey<string>[]): NextHeatFrame {
    const { changes } = this.#heat.history();
    const told = this.#lastChange === undefined ? 0 : changes.lastIndexOf(this.#lastChange) + 1;
    this.#lastChange = changes.at(-1);
    return { map: this.#heat.map({ by: this.#by }), changes: changes.slice(told), hotKeys };
  }
}
