// ensemble: the order of the one of several predictors that has been best lately at the budget that is asked for.
import {
  definePredictor,
  type AccessBatch,
  type AccessColumn,
  type AccessLesson,
  type AccessPredictor,
  type AccessWindow,
  type Predictor,
  type PredictorContext,
} from '../../src/predictor/index.js';
import decayingAverage from '../decaying-average/index.js';
import gradientBoosted from '../gradient-boosted/index.js';
import successor from '../successor/index.js';
import { orderOf, Scores, servedByStep, stepOf } from './scores.js';

const recency = definePredictor({
  name: 'recency',
  role: 'access',
  columns: ['recencyRank'],
  create: () => ({ predict: ({ columns }) => columns.recencyRank.map((rank) => -rank) }),
});
const count = definePredictor({
  name: 'count',
  role: 'access',
  columns: ['countRank'],
  create: () => ({ predict: ({ columns }) => columns.countRank.map((rank) => -rank) }),
});
const members: readonly Predictor<'access'>[] = [count, recency, decayingAverage, successor, gradientBoosted];

const halfLifeLessons = 12;

class Ensemble implements AccessPredictor<AccessColumn> {
  readonly #members: readonly AccessPredictor[];
  readonly #scores = new Scores(members.length, halfLifeLessons);

  constructor(context: PredictorContext) {
    this.#members = members.map((member) => member.create(context));
  }

  async observe(window: AccessWindow): Promise<void> {
    for (const member of this.#members) await member.observe?.(window);
  }

  async learn(lesson: AccessLesson<AccessColumn>): Promise<void> {
    const served: Float64Array[] = [];
    for (const member of this.#members)
      served.push(servedByStep(orderOf(await member.predict(lesson)), lesson.targets, lesson.weights));
    this.#scores.add(served);
    for (const member of this.#members) await member.learn?.(lesson);
  }

  async predict(batch: AccessBatch<AccessColumn>): Promise<Float32Array> {
    return this.#members[this.#best(batch.budget)]!.predict(batch);
  }

  #best(budget: number): number {
    const step = stepOf(budget);
    let best = 0;
    for (let member = 1; member < members.length; member++)
      if (this.#scores.of(member, step) > this.#scores.of(best, step)) best = member;
    return best;
  }
}

export default definePredictor({
  name: 'ensemble',
  role: 'access',
  columns: [...new Set(members.flatMap(({ columns }) => columns))],
  create: (context) => new Ensemble(context),
});
