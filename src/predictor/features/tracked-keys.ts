// The tracked set: what is remembered of the keys that are used, in arrays with a place for each, for features to be made of.
import type { AccessWindow } from '../batch.js';
import { KeyIndex } from './key-index.js';

/** Half-lives of decayed counts: in accesses of all keys, and in milliseconds. */
export const halfLivesAccesses = [1000, 10_000, 100_000] as const;
export const halfLivesMs = [60_000, 3_600_000] as const;
/** How far before an access the keys lie that it is linked to. */
export const linkDistances = [1, 8, 64, 512, 2048] as const;
export const dayParts = 8;

const dayMs = 86_400_000;
const gapWeight = 0.4;
const victims = 16;
const dayCountMax = 255;
const longestLink = linkDistances[linkDistances.length - 1]!;

const arrays = <Kind>(count: number, make: () => Kind): Kind[] => Array.from({ length: count }, make);

/** Keys that were used lately or often, at most `capacity`; the arrays have an entry for each slot, of which `size` are in use. */
export class TrackedKeys {
  readonly capacity: number;
  size = 0;
  /** Accesses so far, those included that were not seen. */
  now = 0;
  nowMs = 0;
  readonly keys: Float64Array;
  /** Which access it was, counted from 1; 0: none. */
  readonly last: Float64Array;
  readonly lastMs: Float64Array;
  readonly first: Float64Array;
  readonly count: Uint32Array;
  readonly reads: Uint32Array;
  /** In accesses; -1: there was none. */
  readonly gap: Float32Array;
  readonly gapBefore: Float32Array;
  readonly gapMean: Float32Array;
  readonly valueBytes: Uint32Array;
  /** Decayed counts as of the last access. */
  readonly rates: Float32Array[];
  readonly ratesMs: Float32Array[];
  /** Slots of the keys that came before the last access; -1: not known. */
  readonly links: Int32Array[];
  /** Accesses by the eighth of the day, saturating: all are halved then. */
  readonly byDay: Uint8Array;
  readonly restartRanks: Float64Array;
  readonly restartHits: Uint32Array;
  restarts = 0;
  readonly #index: KeyIndex;
  /** Slots of the latest accesses, by their number modulo its length. */
  readonly #recent = new Int32Array(longestLink).fill(-1);
  #random = 0x9e3779b9;

  constructor(capacity = 131_072) {
    this.capacity = capacity;
    const float32 = () => new Float32Array(capacity);
    const float64 = () => new Float64Array(capacity);
    [this.keys, this.last, this.lastMs, this.first, this.restartRanks] = [float64(), float64(), float64(), float64(), float64()];
    [this.gap, this.gapBefore, this.gapMean] = [float32(), float32(), float32()];
    this.count = new Uint32Array(capacity);
    this.reads = new Uint32Array(capacity);
    this.valueBytes = new Uint32Array(capacity);
    this.restartHits = new Uint32Array(capacity);
    this.rates = arrays(halfLivesAccesses.length, float32);
    this.ratesMs = arrays(halfLivesMs.length, float32);
    this.links = arrays(linkDistances.length, () => new Int32Array(capacity));
    this.byDay = new Uint8Array(capacity * dayParts);
    this.#index = new KeyIndex(this.keys);
  }

  /** Memory that it takes, in bytes. */
  get bytes(): number {
    const own = [this.keys, this.last, this.lastMs, this.first, this.restartRanks, this.gap, this.gapBefore, this.gapMean];
    const counts = [this.count, this.reads, this.valueBytes, this.restartHits, this.byDay];
    const rest = [...this.rates, ...this.ratesMs, ...this.links, this.#recent];
    return [...own, ...counts, ...rest].reduce((sum, { byteLength }) => sum + byteLength, this.#index.bytes);
  }

  /** Its arrays have been filled from what was saved, for so many slots. */
  restored(size: number): void {
    this.size = size;
    for (let slot = 0; slot < size; slot++) this.#index.add(slot);
    this.#recent.fill(-1);
  }

  /** -1: the key is not tracked. */
  find(key: number): number {
    return this.#index.find(key);
  }

  /** The slot that an access goes to; what it says about the key is up to date behind it. */
  note(key: number, atMs: number, write: boolean, valueBytes: number): number {
    this.now++;
    this.nowMs = atMs;
    let slot = this.#index.find(key);
    if (slot < 0) slot = this.#begin(key);
    else this.#noteGap(slot);
    this.#decay(slot);
    this.#link(slot);
    this.last[slot] = this.now;
    this.lastMs[slot] = atMs;
    this.count[slot]!++;
    if (!write) this.reads[slot]!++;
    this.valueBytes[slot] = valueBytes;
    this.#noteDay(slot);
    return slot;
  }

  /** Where a window begins that others lie before which nobody saw: what comes is linked to nothing before. */
  skipTo(accesses: number): void {
    if (accesses === this.now) return;
    this.now = Math.max(this.now, accesses);
    this.#recent.fill(-1);
  }

  /** What was asked for first after a restart, in that order. */
  noteRestart(firstTouches: Float64Array): void {
    this.restarts++;
    for (const [rank, key] of firstTouches.entries()) {
      const slot = this.find(key);
      if (slot < 0) continue;
      this.restartRanks[slot]! += rank;
      this.restartHits[slot]!++;
    }
  }

  /** Its decayed count of now, of one of the half-lives in accesses. */
  rateOf(slot: number, which: number): number {
    return this.rates[which]![slot]! * 2 ** ((this.last[slot]! - this.now) / halfLivesAccesses[which]!);
  }

  #noteGap(slot: number): void {
    const gap = this.now - this.last[slot]!;
    const mean = this.gapMean[slot]!;
    this.gapBefore[slot] = this.gap[slot]!;
    this.gap[slot] = gap;
    this.gapMean[slot] = mean < 0 ? gap : mean + (gap - mean) * gapWeight;
  }

  #decay(slot: number): void {
    const age = this.now - this.last[slot]!;
    const ageMs = this.nowMs - this.lastMs[slot]!;
    for (let i = 0; i < halfLivesAccesses.length; i++)
      this.rates[i]![slot] = this.rates[i]![slot]! * 2 ** (-age / halfLivesAccesses[i]!) + 1;
    for (let i = 0; i < halfLivesMs.length; i++)
      this.ratesMs[i]![slot] = this.ratesMs[i]![slot]! * 2 ** (-ageMs / halfLivesMs[i]!) + 1;
  }

  /** A slot that another key has taken since says nothing. */
  #link(slot: number): void {
    for (let i = 0; i < linkDistances.length; i++) {
      const at = this.now - linkDistances[i]!;
      const linked = at > 0 ? this.#recent[at % longestLink]! : -1;
      this.links[i]![slot] = linked >= 0 && this.first[linked]! <= at ? linked : -1;
    }
    this.#recent[this.now % longestLink] = slot;
  }

  #noteDay(slot: number): void {
    const from = slot * dayParts;
    const at = from + (Math.floor((this.nowMs / dayMs) * dayParts) % dayParts);
    if (this.byDay[at] === dayCountMax) for (let i = from; i < from + dayParts; i++) this.byDay[i]! >>= 1;
    this.byDay[at]!++;
  }

  #begin(key: number): number {
    const slot = this.size < this.capacity ? this.size++ : this.#evict();
    this.keys[slot] = key;
    this.#index.add(slot);
    const sums = [this.count, this.reads, this.restartRanks, this.restartHits, ...this.rates, ...this.ratesMs];
    for (const column of sums) column[slot] = 0;
    for (const column of [this.gap, this.gapBefore, this.gapMean]) column[slot] = -1;
    this.byDay.fill(0, slot * dayParts, (slot + 1) * dayParts);
    this.first[slot] = this.now;
    this.last[slot] = this.now;
    return slot;
  }

  /** Of some slots taken at random, the one with the least decayed count of the longest half-life. */
  #evict(): number {
    const which = halfLivesAccesses.length - 1;
    let [victim, least] = [0, Infinity];
    for (let i = 0; i < victims; i++) {
      this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
      const slot = Math.floor((this.#random / 2 ** 32) * this.capacity);
      const rate = this.rateOf(slot, which);
      if (rate < least) [victim, least] = [slot, rate];
    }
    this.#index.remove(victim);
    return victim;
  }
}

/** Notes all of a window; `each` hears of the slot of each access. */
export function noteWindow(tracked: TrackedKeys, window: AccessWindow, each: (slot: number, write: boolean) => void): void {
  tracked.skipTo(window.first);
  for (let i = 0; i < window.keys.length; i++) {
    const write = window.writes[i] === 1;
    each(tracked.note(window.keys[i]!, window.times[i]!, write, window.sizes[i]!), write);
  }
}
