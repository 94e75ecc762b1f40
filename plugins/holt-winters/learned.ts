// The regressions of a series: in plain values and in logarithms, of short and of long memory.
import type { StateWalk } from '../common/saved_state.js';
import { Features, featuresAll, featuresNear } from './features.js';
import { Regression } from '../common/regression.js';
import type { Scene } from './scene.js';

const kinds = [
  { logarithm: false, memory: 0.99, features: featuresNear },
  { logarithm: false, memory: 0.998, features: featuresAll },
  { logarithm: true, memory: 0.99, features: featuresAll },
  { logarithm: true, memory: 0.9995, features: featuresAll },
] as const;

/** How many forecasts the regressions give. */
export const regressionCount = kinds.length;

/** Values that the scale is the mean of; then it stays, and the regressions begin. */
const scaleValues = 30;

export class LearnedMethods {
  #scale = 0;
  #values = 0;
  readonly #plain = new Features(false);
  readonly #logarithmic = new Features(true);
  readonly #regressions = kinds.map(({ features, memory }) => new Regression(features, memory));

  get #works(): boolean {
    return this.#values >= scaleValues && this.#scale > 0;
  }
  #featuresOf(at: number): Features {
    return kinds[at]!.logarithm ? this.#logarithmic : this.#plain;
  }

  /** Into `forecasts` from `from` on. Until there is a scale: the last value. */
  forecast(scene: Scene, forecasts: Float64Array, from: number): void {
    for (const [at, regression] of this.#regressions.entries()) {
      const features = this.#featuresOf(at);
      const change = this.#works ? regression.predict(features.values) : NaN;
      const value = Number.isNaN(change) ? scene.last : features.outOf(features.base + change, this.#scale);
      forecasts[from + at] = Number.isNaN(value) ? scene.last : value;
    }
  }

  /** What came after the features that were read last. */
  learn(value: number): void {
    if (!this.#works) {
      this.#scale += (value - this.#scale) / ++this.#values;
      return;
    }
    for (const [at, regression] of this.#regressions.entries()) {
      const features = this.#featuresOf(at);
      regression.learn(features.values, features.into(value, this.#scale) - features.base);
    }
  }

  /** The scene has one more value. */
  read(scene: Scene): void {
    if (!this.#works) return;
    this.#plain.read(scene, this.#scale);
    this.#logarithmic.read(scene, this.#scale);
  }

  walk(state: StateWalk): void {
    this.#scale = state.number(this.#scale, 0);
    this.#values = state.number(this.#values, 0);
    for (const part of [this.#plain, this.#logarithmic, ...this.#regressions]) part.walk(state);
  }
}
