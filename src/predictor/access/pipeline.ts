// What happens to an access predictor in its place: it sees the accesses, learns from lessons at virtual crash points, and is asked
// for an order. The same code stands behind the store and behind backtests.
import type { AccessLesson, AccessWindow } from '../batch.js';
import type { AccessColumn } from '../catalogue/index.js';
import type { AccessPredictor, Predictor } from '../define.js';
import { AccessHistory, Moment, noteWindow, PendingLesson, sampleOf, TrackedKeys } from '../features/index.js';
import { bestFirst } from '../ordering.js';
import { uniform } from '../random.js';
import { candidatesOf } from './candidates.js';

export interface PipelineOptions {
  /** Keys that features exist for. Default: 131,072. */
  trackedKeys?: number;
  /** Reads after a crash point that count; fewer in the first lessons. Default: 1,000. */
  horizon?: number;
  /** Accesses between two virtual crash points, at least, once there is a history; a short one has more. Default: 4,096. */
  lessonEvery?: number;
  /** Keys of each order that a lesson holds whole; see sampleOf(). Default: 400. */
  lessonWhole?: number;
  /** Keys that there is room for in a fast-restore image, as lessons are told. */
  budget?: number;
  /** Asked before each virtual crash point: false passes it by. Default: always true. */
  mayLearn?(): boolean;
  /** Hears when a lesson was begun and how long that took, in milliseconds of performance.now(). */
  lessonBegun?(beganMs: number, workMs: number): void;
  seed?: number;
}

/** Candidates for each key that there is room for. */
const candidateFactor = 4;

/** A lesson lies behind so many accesses at least, and behind the one before by this share of all accesses so far at most. */
const firstLesson = 50;
const lessonShare = 1 / 16;
/** While there are few reads, lessons have this share of those so far, but so many at least. */
const horizonShare = 1 / 2;
const horizonLeast = 50;
/** Lessons that may be under way at the same time. */
const pendingMost = 4;

/** One access predictor over the features of the keys. */
export class AccessPipeline {
  readonly tracked: TrackedKeys;
  readonly history = new AccessHistory();
  readonly #definition: { readonly columns: readonly AccessColumn[] };
  readonly #predictor: AccessPredictor;
  readonly #options: Required<PipelineOptions>;
  readonly #random: () => number;
  /** Keys that there is room for, as the next lessons are told. */
  budget: number;
  /**
   * Accesses between an order and the crash that it is for: what is restored was put in order some seconds before, and lessons are
   * to be alike.
   */
  lag = 0;
  /** The oldest first, which is done first. */
  #pending: PendingLesson[] = [];
  #lessonAt = firstLesson;
  /** Seen so far. */
  #reads = 0;
  #moment: Moment | undefined;

  /** The columns are looked up each time: they may change. */
  constructor(definition: Pick<Predictor<'access'>, 'columns'>, predictor: AccessPredictor, options: PipelineOptions = {}) {
    const defaults = { trackedKeys: 131_072, horizon: 1000, lessonEvery: 4096, lessonWhole: 400, budget: 1000, seed: 1 };
    this.#options = { ...defaults, mayLearn: () => true, lessonBegun: () => {}, ...options };
    this.budget = this.#options.budget;
    this.#definition = definition;
    this.#predictor = predictor;
    this.#random = uniform(this.#options.seed);
    this.tracked = new TrackedKeys(this.#options.trackedKeys);
  }

  /** Tracked keys and history were filled from what was saved: it is not young. */
  restored(): void {
    this.#reads = this.tracked.now;
    this.#lessonAt = this.tracked.now + firstLesson;
  }

  /** Windows must come in their order. */
  async observe(window: AccessWindow): Promise<void> {
    if (window.first !== this.tracked.now) {
      this.#pending = this.#pending.filter(({ from }) => from > this.tracked.now + 1);
      this.history.break();
    }
    this.#moment = undefined;
    const done: AccessLesson<AccessColumn>[] = [];
    let at = 0;
    this.#beginLesson();
    noteWindow(this.tracked, window, (slot, write) => {
      const key = window.keys[at++]!;
      this.history.note(key);
      if (!write) this.#noteRead(slot, key, done);
      this.#beginLesson();
    });
    await this.#predictor.observe?.(window);
    for (const lesson of done) await this.#predictor.learn?.(lesson);
  }

  /** A read, of which lessons under way hear; those that are done with it are added to the others. */
  #noteRead(slot: number, key: number, done: AccessLesson<AccessColumn>[]): void {
    this.#reads++;
    for (const pending of this.#pending) pending.noteRead(slot, key, this.tracked.now);
    while (this.#pending[0]?.done) done.push(this.#pending.shift()!.lesson);
  }

  /** Keys in the order in which they are expected, at most `budget`. */
  async order(budget: number): Promise<Float64Array> {
    const { keys, scores } = await this.#scored(budget);
    return Float64Array.from(bestFirst(scores).subarray(0, budget), (row) => keys[row]!);
  }

  /**
   * Keys by their score per byte, as many as fit into `bytes`, and at most `most`: each takes its value and `overhead`. Where any
   * is below 0, scores are places and no expected reads, and their order stays.
   */
  async orderWithin(bytes: number, overhead: number, most = Infinity): Promise<Float64Array> {
    const bytesOf = (slot: number) => this.tracked.valueBytes[slot]! + overhead;
    const { slots, keys, scores } = await this.#scored(Math.min(most, this.keysWithin(bytes, overhead)));
    const places = scores.some((score) => score < 0);
    const order = bestFirst(places ? scores : scores.map((score, row) => score / bytesOf(slots[row]!)));
    let left = bytes;
    const first = order.findIndex((row) => (left -= bytesOf(slots[row]!)) < 0);
    return Float64Array.from(order.subarray(0, Math.min(most, first < 0 ? order.length : first)), (row) => keys[row]!);
  }

  /** How many keys fit into so many bytes, at the mean size of the tracked ones; at least one. */
  keysWithin(bytes: number, overhead: number): number {
    const all = this.tracked.valueBytes.subarray(0, this.tracked.size).reduce((sum, size) => sum + size + overhead, 0);
    return Math.max(1, Math.floor((bytes * this.tracked.size) / Math.max(1, all)));
  }

  /** The candidates for so many keys, with what the predictor says of each. */
  async #scored(budget: number): Promise<{ slots: Int32Array; keys: Float64Array; scores: Float32Array }> {
    const moment = this.moment();
    const limit = candidateFactor * budget;
    const proposed = await this.#predictor.propose?.(limit);
    const named = Array.from(proposed ?? [], (key) => this.tracked.find(key)).filter((slot) => slot >= 0);
    const slots = candidatesOf(moment, limit, named);
    const keys = Float64Array.from(slots, (slot) => this.tracked.keys[slot]!);
    const columns = moment.columns(this.#definition.columns, slots);
    const scores = await this.#predictor.predict({ rows: slots.length, keys, columns, budget });
    return { slots, keys, scores };
  }

  /** All that features are made of, as of now. */
  moment(): Moment {
    return (this.#moment ??= new Moment(this.tracked, this.history));
  }

  /** While little has been seen, lessons are short and lie close, so that a young store knows something soon. */
  #beginLesson(): void {
    const { lessonEvery, lessonWhole, horizon, mayLearn, lessonBegun } = this.#options;
    if (this.#pending.length >= pendingMost || this.tracked.now < this.#lessonAt || !mayLearn()) return;
    const beganMs = performance.now();
    const moment = new Moment(this.tracked, this.history);
    const reads = Math.min(horizon, Math.max(horizonLeast, Math.floor(this.#reads * horizonShare)));
    const sample = sampleOf(moment, lessonWhole, this.#random);
    this.#pending.push(new PendingLesson(moment, sample, this.#definition.columns, reads, this.budget, this.lag));
    this.#lessonAt = this.tracked.now + Math.min(lessonEvery, Math.floor(this.tracked.now * lessonShare));
    lessonBegun(beganMs, performance.now() - beganMs);
  }
}
