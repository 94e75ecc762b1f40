// A store that predicts while it is used, beside a plain model of what is in it.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { open, type OpenOptions, type Store, type StoreEvents } from '../../src/index.js';
import { Random } from './random.js';
import { smallStore } from './stores-options.js';

export type Predictors = Exclude<OpenOptions['predictors'], false | undefined>;
type PredictorEvent = StoreEvents['predictor'];

const keys = 700;
const operations = 400;
const pauseMs = 30;
/** Far longer than anything takes. */
const limitMs = 90_000;

/** Predicts as soon and as often as it may; only what a test is about fails by its limits. */
export const eager: Predictors = {
  startAfter: 0,
  interval: 100,
  deadline: 30_000,
  accessesPerSecond: 1_000_000,
  memoryLimit: 2 ** 31,
};

export class PredictedStore {
  readonly events: PredictorEvent[] = [];
  /** The first answers that were not those of the model. */
  readonly wrong: string[] = [];
  readonly #random = new Random(7);
  #written = 0;

  constructor(
    readonly store: Store<string>,
    readonly model: Map<string, string>,
  ) {
    store.on('predictor', (event) => this.events.push(event));
  }

  /** `model`: what the store holds already. */
  static async open(directory: string, predictors: Predictors, model?: ReadonlyMap<string, string>): Promise<PredictedStore> {
    const options = { ...smallStore, predictors: { ...eager, ...predictors }, valueEncoding: 'utf8' } as const;
    return new PredictedStore(await open<'utf8'>(directory, options), new Map(model));
  }

  get figures(): ReturnType<Store['predictors']['stats']> {
    return this.store.predictors.stats();
  }
  get predictedKeys(): number {
    return (this.store.stats()['predicted'] as { keys: number }).keys;
  }

  /** When, in Unix milliseconds; 0: nothing was predicted yet, or it is not set in the store. */
  get predictedTime(): number {
    return this.predictedKeys > 0 ? (this.figures?.prediction?.time ?? 0) : 0;
  }

  failureOf(predictor: string): PredictorEvent | undefined {
    return this.events.find((event) => event.change === 'failed' && event.predictor === predictor);
  }

  /** Uses the store until that has come about. */
  async until(what: string, hasCome: () => boolean): Promise<void> {
    const began = Date.now();
    while (!hasCome()) {
      if (Date.now() - began > limitMs) throw new Error(`${what} has not come about: ${this.#told()}`);
      await this.use();
    }
  }

  /** Some reads and writes, mostly of the same few keys. */
  async use(): Promise<void> {
    const writes: Promise<unknown>[] = [];
    for (let i = 0; i < operations; i++) {
      const key = `key ${Math.min(this.#random.below(keys), this.#random.below(keys))}`;
      const kind = this.#random.below(20);
      if (kind < 13) this.#compare(key, this.store.getSync(key));
      else if (kind < 19 || this.model.size < keys / 2) writes.push(this.#put(key));
      else writes.push(this.#delete(key));
    }
    const key = `key ${this.#random.below(keys)}`;
    const expected = this.model.get(key);
    this.#compare(key, await this.store.get(key), expected);
    await Promise.all(writes);
    await sleep(pauseMs);
  }

  /** All that is in it. */
  async readAll(): Promise<void> {
    const all = new Map<string, string>();
    for await (const [key, value] of this.store.entries()) all.set(key, value);
    if (!isDeepStrictEqual(all, this.model)) this.wrong.push(`${all.size} entries are not the ${this.model.size} of the model`);
  }

  #put(key: string): Promise<unknown> {
    const value = `${key} at ${this.#written++}`.padEnd(20 + this.#random.below(100), '.');
    this.model.set(key, value);
    return this.store.put(key, value);
  }

  #delete(key: string): Promise<unknown> {
    this.model.delete(key);
    return this.store.del(key);
  }

  #compare(key: string, found: string | undefined, expected = this.model.get(key)): void {
    if (found !== expected && this.wrong.length < 10) this.wrong.push(`${key}: ${found} and not ${expected}`);
  }

  #told(): string {
    return JSON.stringify({ figures: this.figures, events: this.events, predicted: this.predictedKeys }, undefined, 1);
  }
}
