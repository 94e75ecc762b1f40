// Something for each of a bounded number of keys: the one used longest ago is forgotten.
import type { StateWalk } from './saved_state.js';

/** What is kept of a key; it can be saved. */
export interface Kept {
  walk(state: StateWalk): void;
}

/** A key that is no finite number is taken for -1, as what is not known. */
const keyOf = (key: number): number => (Number.isFinite(key) ? key : -1);

export class Remembered<Part extends Kept> {
  /** In the order of use. */
  readonly #parts = new Map<number, Part>();

  /** `begin`: makes what is kept of a new key. */
  constructor(
    readonly most: number,
    readonly begin: () => Part,
  ) {}

  get count(): number {
    return this.#parts.size;
  }

  /** Undefined: nothing is known of the key. */
  find(key: number): Part | undefined {
    return this.#parts.get(keyOf(key));
  }

  /** What is kept of a key, new if there is nothing; it is the one used last from now on. */
  use(key: number): Part {
    const own = keyOf(key);
    const part = this.#parts.get(own) ?? this.begin();
    this.#parts.delete(own);
    this.#parts.set(own, part);
    if (this.#parts.size > this.most) this.#parts.delete(this.#parts.keys().next().value as number);
    return part;
  }

  /** What is kept of all keys. */
  all(): Iterable<Part> {
    return this.#parts.values();
  }

  /** The order of use is kept too. A state is loaded into one that is empty. */
  walk(state: StateWalk): void {
    const count = state.number(this.count, 0, this.most);
    const keys = Array.from(this.#parts.keys());
    for (let at = 0; at < count; at++) this.use(state.number(keys[at] ?? 0)).walk(state);
    if (this.count !== count) throw new Error('the saved state has a key twice');
  }
}
