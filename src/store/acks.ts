// Writes that were accepted and wait to be durable, by sequence number: acknowledged in order, first in, first out.

type Resolve = (sequence: number) => void;
type Reject = (error: Error) => void;

interface Ack {
  readonly sequence: number;
  readonly resolve: Resolve;
  readonly reject: Reject;
}

const firstCapacity = 1024;

/** A ring of three columns, so that a write costs no object of its own. */
export class Acks {
  #sequences = new Float64Array(firstCapacity);
  #resolves: (Resolve | undefined)[] = Array.from({ length: firstCapacity });
  #rejects: (Reject | undefined)[] = Array.from({ length: firstCapacity });
  #head = 0;
  #size = 0;
  #durable = 0;

  get size(): number {
    return this.#size;
  }

  /** All up to this sequence number are known to be durable. */
  get durable(): number {
    return this.#durable;
  }

  /** Numbers nearly always grow; one that does not (a conditional write that was decided late) goes to its place. */
  push(sequence: number, resolve: Resolve, reject: Reject): void {
    const mask = this.#sequences.length - 1;
    if (this.#size > mask) {
      this.#grow();
      return this.push(sequence, resolve, reject);
    }
    let at = (this.#head + this.#size++) & mask;
    for (let left = this.#size - 1; left > 0; left--) {
      const before = (at - 1) & mask;
      if (this.#sequences[before]! <= sequence) break;
      this.#move(before, at);
      at = before;
    }
    this.#sequences[at] = sequence;
    this.#resolves[at] = resolve;
    this.#rejects[at] = reject;
  }

  /** All up to this number are durable. */
  settle(durable: number): void {
    this.#durable = durable;
    const mask = this.#sequences.length - 1;
    while (this.#size > 0 && this.#sequences[this.#head]! <= durable) {
      const at = this.#head;
      const resolve = this.#resolves[at]!;
      this.#resolves[at] = this.#rejects[at] = undefined;
      this.#head = (at + 1) & mask;
      this.#size--;
      resolve(this.#sequences[at]!);
    }
  }

  /** Those from `first` to `last` never will be. */
  reject(first: number, last: number, error: Error): void {
    for (const ack of this.#takeAll()) {
      if (ack.sequence < first || ack.sequence > last) this.push(ack.sequence, ack.resolve, ack.reject);
      else ack.reject(error);
    }
  }

  #takeAll(): Ack[] {
    const mask = this.#sequences.length - 1;
    const all = Array.from({ length: this.#size }, (_, index): Ack => {
      const at = (this.#head + index) & mask;
      return { sequence: this.#sequences[at]!, resolve: this.#resolves[at]!, reject: this.#rejects[at]! };
    });
    this.#resolves.fill(undefined);
    this.#rejects.fill(undefined);
    this.#head = this.#size = 0;
    return all;
  }

  #move(from: number, to: number): void {
    this.#sequences[to] = this.#sequences[from]!;
    this.#resolves[to] = this.#resolves[from];
    this.#rejects[to] = this.#rejects[from];
  }

  #grow(): void {
    const all = this.#takeAll();
    const capacity = this.#sequences.length * 2;
    this.#sequences = new Float64Array(capacity);
    this.#resolves = Array.from({ length: capacity });
    this.#rejects = Array.from({ length: capacity });
    for (const ack of all) this.push(ack.sequence, ack.resolve, ack.reject);
  }
}
