// A few numbers that the thread of the features shares with the owner of the store: which inline hook is under way, so that one
// that never returns is found out, that the thread lives, and how much memory is the owner's own.
import { hookNames, type HookName } from './hooks.js';

const hooks = ['import', ...hookNames] as const;
const word = { underWay: 0, place: 1, hook: 2, call: 3, heartbeats: 4, told: 5 } as const;

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
  #turn: Promise<unknown> = Promise.resolve();

  /** Over `shared`, or new. */
  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(32)) {
    this.#words = new Int32Array(shared, 0, 6);
    this.#bytes = new Float64Array(shared, 24, 1);
  }

  /** Inline hooks run one after the other, asynchronous ones as well: else it could not be told which one is under way. */
  during<Result>(place: number, hook: HookName | 'import', work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(async () => {
      this.begin(place, hook);
      try {
        return await work();
      } finally {
        this.end();
      }
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  begin(place: number, hook: HookName | 'import'): void {
    Atomics.store(this.#words, word.place, place);
    Atomics.store(this.#words, word.hook, hooks.indexOf(hook));
    Atomics.add(this.#words, word.call, 1);
    Atomics.store(this.#words, word.underWay, 1);
  }
  end(): void {
    Atomics.store(this.#words, word.underWay, 0);
  }

  /** Undefined: none is under way. */
  get beat(): Beat | undefined {
    if (this.#read('underWay') === 0) return undefined;
    return { place: this.#read('place'), hook: hooks[this.#read('hook')]!, call: this.#read('call') };
  }

  /** The thread of the features is not held up. */
  live(): void {
    Atomics.add(this.#words, word.heartbeats, 1);
  }
  get heartbeats(): number {
    return this.#read('heartbeats');
  }

  /** Memory of the store and of its owner's thread, in bytes, as it was told last. */
  get ownerBytes(): number {
    return this.#bytes[0]!;
  }
  tellOwnerBytes(bytes: number): void {
    this.#bytes[0] = bytes;
    Atomics.add(this.#words, word.told, 1);
  }
  /** How often that was told: another number means a fresh figure. */
  get told(): number {
    return this.#read('told');
  }

  #read(name: keyof typeof word): number {
    return Atomics.load(this.#words, word[name]);
  }
}
