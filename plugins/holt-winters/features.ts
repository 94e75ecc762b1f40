// What the regressions are told of a series, in the scale that each of them works in.
import type { StateWalk } from '../common/saved_state.js';
import type { Scene } from './scene.js';
import { Level, type Profile } from './smoothing.js';

const levelRates = [0.5, 0.2, 0.07, 0.02, 0.005] as const;
const lags = 6;
/** Of the running medians, these are features. */
const medians = 3;

/** The constant, lags, levels and medians come first: a regression of so many features knows of no season. */
export const featuresNear = 1 + lags + levelRates.length + medians;
export const featuresAll = featuresNear + 12;

/** Before a logarithm, so that zeros and small values keep their distances: a value of a tenth of the scale counts as 1. */
const logFactor = 10;

/** Values over the scale of the series, or the logarithm of that; all features are differences from the last value. */
export class Features {
  readonly values = new Float64Array(featuresAll);
  readonly #levels = levelRates.map((rate) => new Level(rate));
  /** The last value. */
  base = 0;

  constructor(readonly logarithm: boolean) {}

  into(value: number, scale: number): number {
    return this.logarithm ? Math.log1p((value / scale) * logFactor) : value / scale;
  }
  outOf(value: number, scale: number): number {
    return this.logarithm ? (Math.expm1(Math.min(value, 50)) * scale) / logFactor : value * scale;
  }

  /** The scene has one more value. */
  read(scene: Scene, scale: number): void {
    const back = (places: number): number => this.into(scene.history.back(places), scale);
    this.base = back(0);
    let at = 0;
    const tell = (value: number): void => void (this.values[at++] = value);
    tell(1);
    for (let lag = 0; lag < lags; lag++) tell(back(lag) - back(lag + 1));
    for (const level of this.#levels) {
      level.learn(this.base);
      tell(level.value - this.base);
    }
    for (let i = 0; i < medians; i++) tell(this.into(scene.medians[i]!, scale) - this.base);
    this.#readSeasons(scene, scale, tell);
  }

  #readSeasons({ history, seasons, found, day, hour, place }: Scene, scale: number, tell: (value: number) => void): void {
    const back = (places: number): number => this.into(history.back(places), scale);
    /** The value a season before the next one, and how the season went on from there. */
    const tellSeason = (length: number): void => {
      const known = length > 0 && history.length > length;
      const then = known ? back(length - 1) : 0;
      tell(known ? then - this.base : 0);
      tell(known ? then - back(length) : 0);
    };
    const tellProfile = (profile: Profile | undefined): void => {
      const known = profile?.knows(place + 1) === true;
      const next = known ? this.into(profile.at(place + 1), scale) : 0;
      tell(known ? next - this.base : 0);
      tell(known && profile.knows(place) ? next - this.into(profile.at(place), scale) : 0);
    };
    for (const length of [seasons.hour, seasons.day, seasons.week, found.length]) tellSeason(length);
    for (const profile of [day, hour]) tellProfile(profile);
  }

  walk(state: StateWalk): void {
    state.numbers(this.values);
    for (const level of this.#levels) level.walk(state);
    this.base = state.number(this.base);
  }
}
