// A few numbers that the thread of the features shares with the owner of the store: which inline hook is under way, so that one that
// never returns is found out, and how much memory the store itself takes.
import { hookNames, type HookName } from './hooks.js';

const hooks = ['import', ...hookNames] as const;

/** An inline hook under way. */
export interface Beat {
  readonly place: number;
  readonly hook: HookName | 'import';
  /** Another one for each call. */
  readonly call: number;
}

export class Pulse {
  readonly #words: Int32Array;
  readonly #bytes: Float64Array;

  /** Over `shared`, or new. */
  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(24)) {
    this.#words = new Int32Array(shared, 0, 4);
    this.#bytes = new Float64Array(shared, 16, 1);
  }

  begin(place: number, hook: HookName | 'import'): void {
    Atomics.store(this.#words, 1, place);
    Atomics.store(this.#words, 2, hooks.indexOf(hook));
    Atomics.add(this.#words, 3, 1);
    Atomics.store(this.#words, 0, 1);
  }
  end(): void {
    Atomics.store(this.#words, 0, 0);
  }

  /** Undefined: none is under way. */
  get beat(): Beat | undefined {
    if (Atomics.load(this.#words, 0) === 0) return undefined;
    const [place, hook, call] = [1, 2, 3].map((word) => Atomics.load(this.#words, word));
    return { place: place!, hook: hooks[hook!]!, call: call! };
  }

  /** Memory of the store, in bytes, as it was told last. */
  get storeBytes(): number {
    return this.#bytes[0]!;
  }
  set storeBytes(bytes: number) {
    this.#bytes[0] = bytes;
  }
}
