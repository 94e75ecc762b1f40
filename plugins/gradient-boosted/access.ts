// How often each key will be read next, by trees: learned from the latest lessons and some of the earlier ones.
import {
  uniform,
  type AccessBatch,
  type AccessColumn,
  type AccessLesson,
  type AccessPredictor,
  type PredictorContext,
} from '../../src/predictor/index.js';
import { loadState, saveState, type StateWalk } from '../common/saved_state.js';
import { numberFrom, settingsOf, wholeFrom, type SettingsTable } from '../common/settings.js';
import { treeSettings, type TreeSettings } from './tree_settings.js';
import { train, TreeModel } from './trees/index.js';

/** Of these, what is not known stands for very far. */
const farIfUnknown = [
  'gap', 'gapBefore', 'gapMean', 'link1', 'link8', 'link64', 'link512', 'link2048', 'follow', 'followOther', 'restartRank',
] as const satisfies readonly AccessColumn[];
const asTheyAre = [
  'age', 'lifetime', 'count', 'due', 'reads', 'rateLife', 'rate1k', 'rate10k', 'rate100k', 'rateMinute', 'rateHour', 'recencyRank',
  'countRank', 'followed', 'followLength', 'restarts', 'dayPart',
] as const satisfies readonly AccessColumn[];
export const accessColumns = [...farIfUnknown, ...asTheyAre];
type Column = (typeof accessColumns)[number];

/** Reads of a lesson that rates are of. */
const usualHorizon = 1000;
const far = 1e9;
const farColumns = new Set<string>(farIfUnknown);

/**
 * What can be set. Defaults of the trees: 50, 4 leaves, learning rate 0.15, least hessian 20. Few leaves: what holds of one moment
 * does not hold of the next, and large trees learn moments by heart.
 */
interface Settings extends TreeSettings {
  /** Of a column, 2 to 255. Default: 64. */
  readonly bins: number;
  /** A key that is read so often is as good as wanted: more would outweigh all others. From 0.001 to 1e9; default: 3. */
  readonly targetMax: number;
  /** Lessons that are kept, up to 1000 of each: the latest, and some of those before, ever further apart. Defaults: 10 and 10. */
  readonly latest: number;
  readonly earlier: number;
  /** Lessons from one training to the next, 1 to 1,000,000; a quarter of those so far while that is less. Default: 2. */
  readonly trainEvery: number;
  /** The last so many models are averaged, 1 to 100: what one has learned by heart, the others have not. Default: 4. */
  readonly models: number;
  /** Rows of a lesson that were not read and are kept, about, 1 to 1,000,000. Default: 400. */
  readonly unread: number;
}

const table: SettingsTable<Settings> = {
  ...treeSettings({ trees: 50, leaves: 4, learningRate: 0.15, minHessian: 20 }),
  bins: wholeFrom(2, 255, 64),
  targetMax: numberFrom(0.001, 1e9, 3),
  latest: wholeFrom(1, 1000, 10),
  earlier: wholeFrom(0, 1000, 10),
  trainEvery: wholeFrom(1, 1_000_000, 2),
  models: wholeFrom(1, 100, 4),
  unread: wholeFrom(1, 1_000_000, 400),
};

/** Lessons before the first training. */
const firstTraining = 2;
/** Of the lessons so far, from one training to the next. */
const trainShare = 1 / 4;

const stateMark = 0x54424746;
const modelBytesMax = 2 ** 24;

interface Kept {
  readonly columns: readonly Float32Array[];
  readonly targets: Float32Array;
  readonly weights: Float32Array;
  /** What a lesson of fewer reads has less of, as a margin. */
  readonly base: Float32Array;
}

const prepared = ({ columns }: AccessBatch<Column>): Float32Array[] =>
  accessColumns.map((name) => (farColumns.has(name) ? withFar(columns[name]) : columns[name]));

function withFar(column: Float32Array): Float32Array {
  const values = column.slice();
  for (let row = 0; row < values.length; row++) if (values[row]! < 0) values[row] = far;
  return values;
}

/** The rows that were read, and each of the others with a chance. */
function chosenRows({ targets }: AccessLesson<Column>, chance: number, random: () => number): Int32Array {
  return Int32Array.from(targets.keys()).filter((row) => targets[row]! > 0 || chance >= 1 || random() < chance);
}

const joined = (parts: readonly Float32Array[], rows: number): Float32Array => {
  const all = new Float32Array(rows);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

export class TreesOfAccess implements AccessPredictor<Column> {
  readonly #context: PredictorContext;
  readonly #settings: Settings;
  readonly #random: () => number;
  #lessons: Kept[] = [];
  #learned = 0;
  #trainAt = firstTraining;
  #models: TreeModel[] = [];

  constructor(context: PredictorContext) {
    this.#context = context;
    this.#settings = settingsOf(table, context.settings);
    this.#random = uniform(context.seed);
  }

  learn(lesson: AccessLesson<Column>): void {
    this.#lessons.push(this.#kept(lesson));
    this.#learned++;
    if (this.#lessons.length > this.#settings.latest + this.#settings.earlier) this.#thin();
    if (this.#learned >= this.#trainAt) this.#train();
  }

  /** A sample of the rows that were not read stands for all of them: most are like many others. */
  #kept(lesson: AccessLesson<Column>): Kept {
    const { unread, targetMax } = this.#settings;
    const { targets, weights, horizon } = lesson;
    const chance = unread / Math.max(1, targets.reduce((sum, reads) => sum + (reads > 0 ? 0 : 1), 0));
    const rows = chosenRows(lesson, chance, this.#random);
    return {
      columns: prepared(lesson).map((column) => Float32Array.from(rows, (row) => column[row]!)),
      targets: Float32Array.from(rows, (row) => Math.min(targets[row]!, targetMax)),
      weights: Float32Array.from(rows, (row) => weights[row]! / (targets[row]! > 0 ? 1 : Math.min(1, chance))),
      base: new Float32Array(rows.length).fill(Math.log(horizon / usualHorizon)),
    };
  }

  /** Expected reads: the geometric mean of what the models say. */
  predict(batch: AccessBatch<Column>): Float32Array {
    if (this.#models.length === 0) return batch.columns.recencyRank.map((rank) => (rank < 0 ? 0 : 1 / (1 + rank)));
    const data = { rows: batch.rows, columns: prepared(batch) };
    const sum = new Float32Array(batch.rows);
    const margins = new Float32Array(batch.rows);
    for (const model of this.#models) {
      model.margins(data, margins);
      for (let row = 0; row < margins.length; row++) sum[row]! += margins[row]!;
    }
    for (let row = 0; row < sum.length; row++) sum[row] = Math.exp(sum[row]! / this.#models.length);
    return sum;
  }

  save(): Uint8Array {
    return saveState(stateMark, (walk) => this.#walk(walk));
  }

  load(state: Uint8Array): void {
    loadState(stateMark, state, (walk) => this.#walk(walk));
  }

  /** The models; lessons are gathered anew. */
  #walk(walk: StateWalk): void {
    const count = walk.number(this.#models.length, 0, this.#settings.models);
    this.#models = Array.from({ length: count }, (_, i) => {
      const bytes = walk.bytes(this.#models[i]?.save() ?? new Uint8Array(), modelBytesMax);
      const model = TreeModel.load(bytes);
      if (model.columns !== accessColumns.length) throw new Error(`the saved trees are of ${model.columns} columns`);
      return model;
    });
  }

  /** One of the earlier ones goes, each time another: what is long ago was passed by most often, and lies furthest apart. */
  #thin(): void {
    const { earlier } = this.#settings;
    this.#lessons.splice(earlier > 1 ? 1 + ((this.#learned * 7) % (earlier - 1)) : 0, 1);
  }

  #train(): void {
    this.#trainAt = this.#learned + Math.min(this.#settings.trainEvery, Math.max(1, Math.floor(this.#learned * trainShare)));
    const rows = this.#lessons.reduce((sum, { targets }) => sum + targets.length, 0);
    const columns = accessColumns.map((_, i) => joined(this.#lessons.map((lesson) => lesson.columns[i]!), rows));
    const targets = joined(this.#lessons.map((lesson) => lesson.targets), rows);
    const weights = joined(this.#lessons.map((lesson) => lesson.weights), rows);
    const base = joined(this.#lessons.map((lesson) => lesson.base), rows);
    const { seed, shouldStop } = this.#context;
    const { trees, leaves, learningRate, minHessian, bins } = this.#settings;
    const options = { loss: 'poisson', trees, leaves, learningRate, minHessian, bins, seed: seed & 0x7fffffff } as const;
    this.#models.push(train({ rows, columns }, targets, options, { weights, base, shouldStop }));
    if (this.#models.length > this.#settings.models) this.#models.shift();
  }
}
