// What was seen of each node: failures and exposures, both fading.
import type { StateWalk } from '../common/saved_state.js';
import { secondsPerDay } from './hazard.js';

const slotsFirst = 64;

/** The rows of a table with one row a node, and places for more. */
export class Rates {
  /** Which slot a node has; the one seen least recently comes first. */
  readonly slots = new Map<number, number>();
  /** When what a slot holds was true, in seconds. */
  at = new Float64Array(slotsFirst);
  /** Fading failures, one number for each half-life. */
  counts: Float64Array;
  /** Fading exposures, for each half-life one number for each shape. */
  exposures: Float64Array;
  readonly #fading: Float64Array;
  #fadedBy = 0;

  constructor(
    readonly halfLivesDays: readonly number[],
    readonly shapes: number,
    readonly maxNodes: number,
  ) {
    this.counts = new Float64Array(slotsFirst * halfLivesDays.length);
    this.exposures = new Float64Array(slotsFirst * this.models);
    this.#fading = new Float64Array(halfLivesDays.length).fill(1);
  }

  get models(): number {
    return this.halfLivesDays.length * this.shapes;
  }

  /** What is left after so many seconds, for each half-life. The array is used again. */
  fading(seconds: number): Float64Array {
    if (seconds !== this.#fadedBy) {
      for (const [at, days] of this.halfLivesDays.entries()) this.#fading[at] = 2 ** (-seconds / secondsPerDay / days);
      this.#fadedBy = seconds;
    }
    return this.#fading;
  }

  /** The slot of a node, now the one seen last; what it holds is faded to `now`. A new node may take the place of the first. */
  see(node: number, now: number): number {
    const known = this.slots.get(node);
    const slot = known ?? this.#place();
    if (known === undefined) this.#clear(slot, now);
    else this.slots.delete(node);
    this.slots.set(node, slot);
    this.#fadeTo(slot, now);
    return slot;
  }

  /** Failures at the time `now`, or later if the slot is, of one half-life, and the same of exposures of one model. */
  gather(model: number, now: number, counts: Float64Array, exposures: Float64Array): void {
    const halfLife = Math.floor(model / this.shapes);
    for (let slot = 0; slot < this.slots.size; slot++) {
      const left = this.fading(Math.max(0, now - this.at[slot]!))[halfLife]!;
      counts[slot] = this.counts[slot * this.halfLivesDays.length + halfLife]! * left;
      exposures[slot] = this.exposures[slot * this.models + model]! * left;
    }
  }

  /** The order in which nodes were seen is kept too. A state is loaded into one that is empty. */
  walk(state: StateWalk): void {
    const count = state.number(this.slots.size, 0, this.maxNodes);
    const nodes = Array.from(this.slots);
    const halfLives = this.halfLivesDays.length;
    for (let i = 0; i < count; i++) {
      const [node, at] = nodes[i] === undefined ? [0, 0] : [nodes[i]![0], this.at[nodes[i]![1]]!];
      const slot = this.see(state.number(node), state.number(at));
      state.numbers(this.counts.subarray(slot * halfLives, (slot + 1) * halfLives), 0);
      state.numbers(this.exposures.subarray(slot * this.models, (slot + 1) * this.models), 0);
    }
    if (this.slots.size !== count) throw new Error('the saved state has a node twice');
  }

  #place(): number {
    const { size } = this.slots;
    if (size >= this.maxNodes) {
      const [[node, slot]] = this.slots as unknown as [[number, number]];
      this.slots.delete(node);
      return slot;
    }
    if (size === this.at.length) this.#grow(Math.min(this.maxNodes, size * 2));
    return size;
  }

  #grow(slots: number): void {
    const larger = (old: Float64Array<ArrayBuffer>, length: number) => {
      const array = new Float64Array(length);
      array.set(old);
      return array;
    };
    this.at = larger(this.at, slots);
    this.counts = larger(this.counts as Float64Array<ArrayBuffer>, slots * this.halfLivesDays.length);
    this.exposures = larger(this.exposures as Float64Array<ArrayBuffer>, slots * this.models);
  }

  #clear(slot: number, now: number): void {
    this.at[slot] = now;
    this.counts.fill(0, slot * this.halfLivesDays.length, (slot + 1) * this.halfLivesDays.length);
    this.exposures.fill(0, slot * this.models, (slot + 1) * this.models);
  }

  #fadeTo(slot: number, now: number): void {
    const seconds = now - this.at[slot]!;
    if (seconds <= 0) return;
    this.at[slot] = now;
    const left = this.fading(seconds);
    for (const [halfLife, share] of left.entries()) {
      this.counts[slot * left.length + halfLife]! *= share;
      const first = slot * this.models + halfLife * this.shapes;
      for (let model = first; model < first + this.shapes; model++) this.exposures[model]! *= share;
    }
  }
}
