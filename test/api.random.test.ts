// Random operations against a Map, through restarts. Replay a failure by SEED=... npm test -- --match random.
import type { ExecutionContext } from 'ava';
import type { BatchOperation, Store } from '../src/index.js';
import { Random, seed } from './support/random.js';
import { collect, eachBackend, same, type StoreTest } from './support/stores.js';

const rounds = 4;
const operations = 1200;
const keyCount = 150;

type Model = Map<string, string>;

class Run {
  readonly #t: ExecutionContext;
  readonly #test: StoreTest;
  readonly #random: Random;
  readonly #model: Model = new Map();
  #store!: Store<string>;

  constructor(t: ExecutionContext, test: StoreTest, random: Random) {
    this.#t = t;
    this.#test = test;
    this.#random = random;
  }

  async rounds(): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const use = this.#random.pick(['fast', 'standard', 'log'] as const);
      this.#store = await this.#test.open<string>({ valueEncoding: 'utf8', recovery: { use } });
      await this.#operate();
      await this.#compareAll();
      await this.#store.close();
    }
  }

  async #operate(): Promise<void> {
    const pending: Promise<unknown>[] = [];
    for (let i = 0; i < operations; i++) {
      pending.push(this.#one());
      if (this.#random.below(40) === 0) await Promise.all(pending.splice(0));
      if (this.#random.below(400) === 0) await this.#upkeep();
    }
    await Promise.all(pending);
  }

  #key(): string {
    return `key-${this.#random.below(keyCount)}`;
  }

  #value(): string {
    return `${this.#random.below(1e9)}-`.repeat(1 + this.#random.below(this.#random.below(20) === 0 ? 800 : 20));
  }

  async #one(): Promise<void> {
    const key = this.#key();
    switch (this.#random.below(10)) {
      case 0:
      case 1:
        return this.#put(key);
      case 2:
        this.#model.delete(key);
        await this.#store.del(key);
        return;
      case 3:
        return this.#batch();
      case 4:
        return this.#blocking(key);
      case 5:
        return this.#many();
      case 6:
        return this.#conditional(key);
      default:
        return this.#read(key);
    }
  }

  async #put(key: string): Promise<void> {
    const value = this.#value();
    this.#model.set(key, value);
    await this.#store.put(key, value);
  }

  async #batch(): Promise<void> {
    const batch = Array.from({ length: this.#random.below(30) }, (): BatchOperation<string> => {
      const key = this.#key();
      if (this.#random.below(3) > 0) return { type: 'put', key, value: this.#value() };
      return { type: 'del', key };
    });
    for (const operation of batch) {
      if (operation.type === 'put') this.#model.set(operation.key as string, operation.value);
      else this.#model.delete(operation.key as string);
    }
    await this.#store.batch(batch);
  }

  #blocking(key: string): void {
    this.#model.set(key, 'blocking');
    this.#store.putSync(key, 'blocking');
    if (this.#random.below(2) === 0) return;
    this.#model.delete(key);
    this.#store.delSync(key);
  }

  async #many(): Promise<void> {
    const keys = Array.from({ length: this.#random.below(60) }, () => this.#key());
    const expected = keys.map((key) => this.#model.get(key));
    same(this.#t, await this.#store.getMany(keys), expected, 'getMany');
  }

  /** The condition is decided when it is the write's turn, so it must be alone with its key. */
  async #conditional(key: string): Promise<void> {
    const own = `own-${key}`;
    const entry = this.#store.getEntrySync(own);
    const condition = entry === undefined ? { absent: true as const } : { seq: entry.seq };
    const written = this.#store.put(own, 'new', { if: condition }).catch((error: { code: string }) => error.code);
    this.#model.set(own, 'new');
    const outcome = await written;
    this.#t.true(typeof outcome === 'number' || outcome === 'FORESHARD_CONDITION_FAILED');
  }

  async #read(key: string): Promise<void> {
    const expected = this.#model.get(key);
    this.#t.true(this.#store.getSync(key) === expected, `getSync ${key}`);
    this.#t.is(this.#store.hasSync(key), expected !== undefined);
    this.#t.true((await this.#store.get(key)) === expected, `get ${key}`);
  }

  async #upkeep(): Promise<void> {
    if (this.#random.below(2) === 0) await this.#store.checkpoint();
    else await this.#store.compact(0.2);
  }

  async #compareAll(): Promise<void> {
    same(this.#t, new Map(await collect(this.#store.entries())), this.#model, 'all entries');
  }
}

eachBackend('random operations agree with a Map', async (t, storeTest) => {
  t.log(`SEED=${seed}`);
  t.timeout(120_000);
  await new Run(t, storeTest, new Random(seed)).rounds();
});
