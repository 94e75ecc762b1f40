// All methods of forecasting a series side by side.
import type { StateWalk } from '../common/saved_state.js';
import { LearnedMethods, regressionCount } from './learned.js';
import { medianLengths, type Scene } from './scene.js';
import { HoltWinters, Level } from './smoothing.js';

const levelRates = [0.1, 0.3, 0.6] as const;

const seasonal = [
  { level: 0.3, trend: 0.05, season: 0.2, damping: 0.9 },
  { level: 0.7, trend: 0.2, season: 0.2, damping: 0.9 },
] as const;
const unseasonal = [
  { level: 0.3, trend: 0.1, season: 0, damping: 0.9 },
  { level: 0.7, trend: 0.3, season: 0, damping: 0.9 },
] as const;

/** The last value, and what it becomes if the season goes on as the one before; the value a season before. */
const simpleCount = 3;
const smoothingCount = levelRates.length + medianLengths.length + seasonal.length + unseasonal.length;
export const methodCount = simpleCount + smoothingCount + regressionCount;

export class Methods {
  readonly #levels = levelRates.map((rate) => new Level(rate));
  readonly #seasonal = seasonal.map((rates) => new HoltWinters(rates));
  readonly #unseasonal = unseasonal.map((rates) => new HoltWinters(rates));
  readonly #learned = new LearnedMethods();

  /** The seasons begin anew. */
  setSeason(length: number): void {
    for (const method of this.#seasonal) method.setSeason(length);
  }

  /** Of the value after the newest one of the scene, one of each method; the first is the newest value. */
  forecast(scene: Scene, forecasts: Float64Array): void {
    const { history, seasons, last, place } = scene;
    const length = history.length > seasons.day ? seasons.day : 0;
    let at = 0;
    const tell = (forecast: number): void => void (forecasts[at++] = forecast);
    tell(last);
    tell(length > 0 ? history.back(length - 1) : last);
    tell(length > 0 ? last + history.back(length - 1) - history.back(length) : last);
    for (const { value } of this.#levels) tell(value);
    for (const median of scene.medians) tell(median);
    for (const method of [...this.#seasonal, ...this.#unseasonal]) tell(method.predict(place + 1));
    this.#learned.forecast(scene, forecasts, at);
  }

  /** The regressions learn of the value that is not in the scene yet. */
  learn(value: number): void {
    this.#learned.learn(value);
  }

  /** The scene has one more value; `known`: it was measured. */
  read(scene: Scene, known: boolean): void {
    if (known) {
      for (const level of this.#levels) level.learn(scene.last);
      for (const method of [...this.#seasonal, ...this.#unseasonal]) method.learn(scene.place, scene.last);
    }
    this.#learned.read(scene);
  }

  walk(state: StateWalk): void {
    for (const part of [...this.#levels, ...this.#seasonal, ...this.#unseasonal, this.#learned]) part.walk(state);
  }
}
