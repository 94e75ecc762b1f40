// How often each key will be read next, by trees: learned from the latest lessons and some of the earlier ones.
import type { AccessBatch, AccessColumn, AccessLesson, AccessPredictor, PredictorContext } from '../../src/predictor/index.js';
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

const far = 1e9;
const farColumns = new Set<string>(farIfUnknown);

/**
 * What can be set. Defaults of the trees: 80, 4 leaves, learning rate 0.1, least hessian 20. Few leaves: what holds of one moment
 * does not hold of the next, and large trees learn moments by heart.
 */
interface Settings extends TreeSettings {
  /** A key that is read so often is as good as wanted: more would outweigh all others. From 0.001 to 1e9; default: 3. */
  readonly targetMax: number;
  /** Lessons that are kept, up to 1000 of each: the latest, and some of those before, ever further apart. Defaults: 20 and 20. */
  readonly latest: number;
  readonly earlier: number;
  /** Lessons from one training to the next, 1 to 1,000,000. Default: 2. */
  readonly trainEvery: number;
  /** The last so many models are averaged, 1 to 100: what one has learned by heart, the others have not. Default: 4. */
  readonly models: number;
}

const table: SettingsTable<Settings> = {
  ...treeSettings({ trees: 80, leaves: 4, learningRate: 0.1, minHessian: 20 }),
  targetMax: numberFrom(0.001, 1e9, 3),
  latest: wholeFrom(1, 1000, 20),
  earlier: wholeFrom(0, 1000, 20),
  trainEvery: wholeFrom(1, 1_000_000, 2),
  models: wholeFrom(1, 100, 4),
};

const stateMark = 0x54424746;
const modelBytesMax = 2 ** 24;

interface Kept {
  readonly columns: readonly Float32Array[];
  readonly targets: Float32Array;
  readonly weights: Float32Array;
}

const prepared = ({ columns }: AccessBatch<Column>): Float32Array[] =>
  accessColumns.map((name) => columns[name].map((value) => (value < 0 && farColumns.has(name) ? far : value)));

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
  #lessons: Kept[] = [];
  #learned = 0;
  #models: TreeModel[] = [];

  constructor(context: PredictorContext) {
    this.#context = context;
    this.#settings = settingsOf(table, context.settings);
  }

  learn(lesson: AccessLesson<Column>): void {
    this.#lessons.push({
      columns: prepared(lesson),
      targets: lesson.targets.map((reads) => Math.min(reads, this.#settings.targetMax)),
      weights: lesson.weights.slice(),
    });
    this.#learned++;
    if (this.#lessons.length > this.#settings.latest + this.#settings.earlier) this.#thin();
    if (this.#learned % this.#settings.trainEvery === 0) this.#train();
  }

  /** Expected reads: the geometric mean of what the models say. */
  predict(batch: AccessBatch<Column>): Float32Array {
    if (this.#models.length === 0) return batch.columns.recencyRank.map((rank) => (rank < 0 ? 0 : 1 / (1 + rank)));
    const data = { rows: batch.rows, columns: prepared(batch) };
    const sum = new Float32Array(batch.rows);
    for (const model of this.#models) for (const [row, margin] of model.margins(data).entries()) sum[row]! += margin;
    return sum.map((margins) => Math.exp(margins / this.#models.length));
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
    const rows = this.#lessons.reduce((sum, { targets }) => sum + targets.length, 0);
    const columns = accessColumns.map((_, i) => joined(this.#lessons.map((lesson) => lesson.columns[i]!), rows));
    const targets = joined(this.#lessons.map((lesson) => lesson.targets), rows);
    const weights = joined(this.#lessons.map((lesson) => lesson.weights), rows);
    const { seed, shouldStop } = this.#context;
    const { trees, leaves, learningRate, minHessian } = this.#settings;
    const options = { loss: 'poisson', trees, leaves, learningRate, minHessian, seed: seed & 0x7fffffff } as const;
    this.#models.push(train({ rows, columns }, targets, options, { weights, shouldStop }));
    if (this.#models.length > this.#settings.models) this.#models.shift();
  }
}
