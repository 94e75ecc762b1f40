// Exponential smoothing: plain levels, and Holt-Winters with a damped trend.
import type { StateWalk } from '../common/saved_state.js';

/** A moving average. Until there are enough values it is their plain mean. */
export class Level {
  value = 0;
  #count = 0;

  constructor(readonly rate: number) {}

  learn(value: number): void {
    this.value += (value - this.value) * Math.max(this.rate, 1 / ++this.#count);
  }
  walk(state: StateWalk): void {
    this.value = state.number(this.value);
    this.#count = state.number(this.#count, 0);
  }
}

/** A value for each place of a season: a moving average over its seasons. */
export class Profile {
  readonly #values: Float32Array;
  readonly #counts: Float32Array;

  /** `length`: in steps; `rate`: the weight of the newest season. */
  constructor(
    readonly length: number,
    readonly rate: number,
  ) {
    this.#values = new Float32Array(length);
    this.#counts = new Float32Array(length);
  }
  knows(place: number): boolean {
    return this.#counts[place % this.length]! > 0;
  }
  at(place: number): number {
    return this.#values[place % this.length]!;
  }
  learn(place: number, value: number, pseudoCounts = 0): void {
    const at = place % this.length;
    const count = (this.#counts[at] = Math.min(this.#counts[at]! + 1, 1e6));
    this.#values[at]! += (value - this.#values[at]!) * Math.max(this.rate, 1 / (count + pseudoCounts));
  }
  walk(state: StateWalk): void {
    state.numbers(this.#values);
    state.numbers(this.#counts);
  }
}

/** Weights of the newest value: in the level, in the trend, in the season; and what is left of a trend after a step. */
export interface SmoothingRates {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
  readonly damping: number;
}

/**
 * Holt (1957) and Winters (1960) with additive season, in the error-correcting form, with the damped trend of Gardner & McKenzie
 * (1985). Without a season it is Holt's method.
 */
export class HoltWinters {
  #level = 0;
  #trend = 0;
  #started = false;
  #season: Profile | undefined;

  constructor(readonly rates: SmoothingRates) {}

  /** A season of so many steps from here on; 0: none. */
  setSeason(length: number): void {
    this.#season = length > 0 ? new Profile(length, this.rates.season) : undefined;
  }
  predict(place: number): number {
    return this.#level + this.rates.damping * this.#trend + (this.#season?.at(place) ?? 0);
  }
  learn(place: number, value: number): void {
    const { level, trend, damping } = this.rates;
    const before = this.#level;
    const expected = this.#started ? before + damping * this.#trend : value;
    this.#level = expected + level * (value - (this.#season?.at(place) ?? 0) - expected);
    this.#trend = this.#started ? trend * (this.#level - before) + (1 - trend) * damping * this.#trend : 0;
    // The first season is mostly the level's own: it counts half.
    this.#season?.learn(place, value - this.#level, 1);
    this.#started = true;
  }
  walk(state: StateWalk): void {
    this.#level = state.number(this.#level);
    this.#trend = state.number(this.#trend);
    this.#started = state.number(Number(this.#started), 0, 1) === 1;
    this.#season?.walk(state);
  }
}
