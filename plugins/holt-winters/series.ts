// One series: what has been seen of it, and the forecast of what comes next.
import type { StateWalk } from '../common/saved_state.js';
import { Trust } from '../common/trust.js';
import { Clock } from './clock.js';
import { Committee } from './committee.js';
import { methodCount, Methods } from './methods.js';
import { Scene } from './scene.js';
import { Silence } from './silence.js';

/** No forecast is above so many times the greatest value so far. */
const greatestFactor = 1.5;
/** Predictions and values are kept in single precision. */
const singleMost = 3e38;

export class Series {
  readonly #clock = new Clock();
  readonly #scene = new Scene();
  readonly #silence = new Silence();
  readonly #methods = new Methods();
  /** Of what comes after a value, and of what comes after a zero: bursts and the idleness between them have laws of their own. */
  readonly #afterValue = new Committee(methodCount);
  readonly #afterZero = new Committee(methodCount);
  readonly #trust = new Trust();
  readonly #forecasts = new Float64Array(methodCount);
  /** Of the measured values, which zeros of a silence are too. */
  #last = 0;
  #greatest = 0;
  /** What the committee says of the next value; NaN: nothing yet. */
  #next = NaN;
  /** The length of a day is settled once there has been one. */
  #settled = false;

  /**
   * The forecast for a time, in seconds (-1: the next step). `lastCost`: the value right before that time, if it is known; it is
   * the forecast if the series has not been told of it yet.
   */
  forecast(seconds = -1, lastCost = -1): number {
    const behind = this.#scene.history.count === 0 || this.#clock.stepsTo(seconds) > 1;
    if (behind && lastCost >= 0 && lastCost < Infinity) return lastCost;
    return this.#trust.follow(this.#last, this.#untrusted());
  }

  /** A value has come, or one is missing (NaN, below 0): then the forecast takes its place in the lags of the models. */
  observe(seconds: number, value: number): void {
    const first = this.#scene.history.count === 0;
    if (!first) this.#skip(this.#clock.stepsTo(seconds) - 1);
    if (this.#clock.advance(seconds) || !this.#settled) this.#settle();
    const measured = value >= 0 && value < Infinity;
    if (first && !measured) return;
    const expected = first ? value : this.#combined();
    const wasSilent = this.#silence.lasts;
    if (measured && !first) this.#trust.learn(this.#last, this.#untrusted(), value);
    if (measured) this.#silence.learn(value);
    const known = measured && !this.#silence.lasts;
    if (known && !wasSilent && !first) this.#learn(value);
    if (measured) [this.#last, this.#greatest] = [value, Math.max(this.#greatest, value)];
    this.#read(known ? value : expected, known);
  }

  #untrusted(): number {
    return this.#silence.staysLikely ? 0 : this.#combined();
  }

  #combined(): number {
    if (this.#scene.history.count === 0) return 0;
    if (!Number.isNaN(this.#next)) return this.#next;
    const forecasts = this.#forecasts;
    this.#methods.forecast(this.#scene, forecasts);
    const most = Math.min(greatestFactor * this.#greatest, singleMost);
    for (let at = 0; at < methodCount; at++) forecasts[at] = Math.min(Math.max(forecasts[at]!, 0), most);
    return (this.#next = this.#committee.combine(forecasts));
  }

  get #committee(): Committee {
    return this.#scene.last === 0 ? this.#afterZero : this.#afterValue;
  }

  #learn(value: number): void {
    this.#committee.learn(this.#forecasts, value);
    this.#methods.learn(value);
  }

  #read(value: number, known: boolean): void {
    this.#scene.push(value, known);
    this.#methods.read(this.#scene, known);
    this.#next = NaN;
  }

  /** Intervals are missing: the last value stands in them. */
  #skip(steps: number): void {
    if (steps <= 0) return;
    this.#scene.skip(steps - 1);
    this.#read(this.#scene.last, false);
  }

  /** The mean step is exact enough for a season of a day when a day is over. */
  #settle(): void {
    if (this.#scene.setStep(this.#clock.step)) this.#methods.setSeason(this.#scene.seasons.day);
    this.#settled = this.#clock.step > 0 && this.#scene.place >= this.#scene.seasons.day;
  }

  walk(state: StateWalk): void {
    this.#clock.walk(state);
    this.#settled = state.number(Number(this.#settled), 0, 1) === 1;
    this.#walkSeasons(state);
    const parts = [this.#scene, this.#silence, this.#methods, this.#afterValue, this.#afterZero, this.#trust];
    for (const part of parts) part.walk(state);
    this.#last = state.number(this.#last, 0);
    this.#greatest = state.number(this.#greatest, 0);
    this.#next = NaN;
  }

  /** The lengths of the seasons say how long what follows is. */
  #walkSeasons(state: StateWalk): void {
    const step = state.number(this.#scene.step, 0);
    if (step !== this.#scene.step && this.#scene.setStep(step)) this.#methods.setSeason(this.#scene.seasons.day);
  }
}
