// The cost of rows by trees, which are grown anew from the latest rows now and then, or by a plain way where that errs less.
import type { Batch, Lesson, LoadPredictor, PredictorContext } from '../../../src/predictor/index.js';
import { loadState, saveState } from '../../common/saved_state.js';
import { settingsOf } from '../../common/settings.js';
import { Asked } from './asked.js';
import type { Column } from './features.js';
import { KeptRows } from './kept_rows.js';
import { Learned } from './learned.js';
import { table, type Settings } from './settings.js';
import { isCost, SourceCosts } from './source.js';

const stateMark = 0x4c424746;
/** The first trees are grown from so many rows. */
const rowsFirst = 128;
/** Until there are many rows, trees are grown anew when this part of them is new. */
const freshShare = 0.25;
/** It is asked after so many rows whether time is over. */
const rowsAtOnce = 256;
/** Predictions are told in single precision. */
const costMost = 3e38;

export class TreesOfLoad implements LoadPredictor<Column> {
  readonly #context: PredictorContext;
  readonly #settings: Settings;
  readonly #kept: KeptRows;
  #learned: Learned;

  constructor(context: PredictorContext) {
    this.#context = context;
    this.#settings = settingsOf(table, context.settings);
    this.#kept = new KeptRows(this.#settings.keptRows);
    this.#learned = new Learned(this.#settings);
  }

  /** What is left of a lesson when time is over is passed over. */
  learn(lesson: Lesson<Column>): void {
    for (let from = 0; from < lesson.rows; from += rowsAtOnce) {
      if (from > 0 && this.#context.shouldStop()) return;
      this.#learnRows(lesson, from, Math.min(lesson.rows, from + rowsAtOnce));
      if (this.#isTimeToGrow()) this.#learned.grow(this.#kept, this.#context);
    }
  }

  #learnRows({ columns, targets, weights }: Lesson<Column>, from: number, to: number): void {
    const { sources, together, trees } = this.#learned;
    const asked = new Asked(to - from);
    const sourcesOf = Array.from(columns.source.subarray(from, to), (source) => sources.use(source));
    for (const [at, source] of sourcesOf.entries()) {
      asked.read(columns, from + at, at, source, this.#learned.unitOf(source));
      const cost = targets[from + at]!;
      if (!isCost(cost)) continue;
      source.learn(cost);
      together.learn(cost);
    }
    if (trees !== undefined) asked.askTrees(trees);
    for (const [at, source] of sourcesOf.entries()) {
      const [cost, weight] = [targets[from + at]!, weights[from + at]!];
      if (!isCost(cost)) continue;
      source.judge(asked.forecasts(at), asked.isInSeries(at), cost);
      if (weight > 0 && weight < Infinity) this.#kept.push(asked.features, at, cost, weight);
    }
  }

  /** Loaded trees stay until there are as many rows as they were grown from. */
  #isTimeToGrow(): boolean {
    const { rows, fresh } = this.#kept;
    const wait = Math.min(this.#settings.trainEvery, Math.max(rowsFirst, rows * freshShare));
    return rows >= Math.min(this.#kept.most, Math.max(rowsFirst, this.#learned.grownFrom)) && fresh >= wait;
  }

  predict({ rows, columns }: Batch<Column>): Float32Array {
    const { sources, trees } = this.#learned;
    const [asked, unknown] = [new Asked(rows), new SourceCosts()];
    const sourcesOf = Array.from(columns.source.subarray(0, rows), (source) => sources.find(source) ?? unknown);
    for (const [row, source] of sourcesOf.entries()) asked.read(columns, row, row, source, this.#learned.unitOf(source));
    if (trees !== undefined) asked.askTrees(trees);
    const choose = (source: SourceCosts, row: number): number => source.choose(asked.forecasts(row), asked.isInSeries(row));
    return Float32Array.from(sourcesOf, (source, row) => Math.min(choose(source, row), costMost));
  }

  save(): Uint8Array {
    return saveState(stateMark, (state) => this.#learned.walk(state));
  }

  load(saved: Uint8Array): void {
    const loaded = new Learned(this.#settings);
    loadState(stateMark, saved, (state) => loaded.walk(state));
    this.#learned = loaded;
  }
}
