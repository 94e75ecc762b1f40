// Random operations against a Map, through restarts. Replay a failure by SEED=... npm test -- --match random.
import type { ExecutionContext } from 'ava';
import type { BatchOperation, Store } from '../src/index.js';
import { Random, seed } from './support/random.js';
import { collect, eachBackend, same, type StoreTest } from './support/stores.js';

const rounds = 4;
const operations = 1200;
const keyCount = 150;

/** A Map that remembers what each key has been: a read that needs the disk may answer with a value written meanwhile. */
class Model {
  readonly now = new Map<string, string>();
  readonly #was = new Map<string, (string | undefined)[]>();

  set(key: string, value: string | undefined): void {
    if (value === undefined) this.now.delete(key);
    else this.now.set(key, value);
    this.#history(key).push(value);
  }

  /** To be called when the read begins: what it may answer when it ends. */
  expect(key: string): (value: string | undefined) => boolean {
    const from = this.#history(key).length - 1;
    return (value) => this.#history(key).slice(from).includes(value);
  }

  #history(key: string): (string | undefined)[] {
    if (!this.#was.has(key)) this.#was.set(key, [undefined]);
    return this.#was.get(key)!;
  }
}

class Run {
  readonly #t: ExecutionContext;
  readonly #test: StoreTest;
  readonly #random: Random;
  readonly #model = new Model();
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
        this.#model.set(key, undefined);
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
      else this.#model.set(operation.key as string, undefined);
    }
    await this.#store.batch(batch);
  }

  #blocking(key: string): void {
    this.#model.set(key, 'blocking');
    this.#store.putSync(key, 'blocking');
    if (this.#random.below(2) === 0) return;
    this.#model.set(key, undefined);
    this.#store.delSync(key);
  }

  async #many(): Promise<void> {
    const keys = Array.from({ length: this.#random.below(60) }, () => this.#key());
    const expected = keys.map((key) => this.#model.expect(key));
    const values = await this.#store.getMany(keys);
    this.#t.true(
      values.every((value, i) => expected[i]!(value)),
      `getMany ${keys.join(' ')}`,
    );
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
    const now = this.#model.now.get(key);
    this.#t.true(this.#store.getSync(key) === now, `getSync ${key}`);
    this.#t.is(this.#store.hasSync(key), now !== undefined);
    const expected = this.#model.expect(key);
    this.#t.true(expected(await this.#store.get(key)), `get ${key}`);
  }

  async #upkeep(): Promise<void> {
    if (this.#random.below(2) === 0) await this.#store.checkpoint();
    else await this.#store.compact(0.2);
  }

  async #compareAll(): Promise<void> {
    same(this.#t, new Map(await collect(this.#store.entries())), this.#model.now, 'all entries');
  }
}

eachBackend('random operations agree with a Map', async (t, storeTest) => {
  t.log(`SEED=${seed}`);
  t.timeout(120_000);
  await new Run(t, storeTest, new Random(seed)).rounds();
});
