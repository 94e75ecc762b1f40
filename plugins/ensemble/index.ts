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
import { loadState, saveState, type StateWalk } from '../common/saved_state.js';
import { noSettings } from '../common/settings.js';
import decayingAverage from '../decaying-average/index.js';
import gradientBoosted from '../gradient-boosted/index.js';
import successor from '../successor/index.js';
import { addDensity, orderOf, Scores, servedByStep, stepOf } from './scores.js';

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
const stateMark = 0x534e4546;
const stateBytesMax = 2 ** 26;

/**
 * Beside the members stands their pool: a key counts what its place is good for in the order of each, summed (a linear opinion
 * pool: Stone, "The Opinion Pool", Annals of Mathematical Statistics 32(4), 1961).
 */
const pool = members.length;

class Ensemble implements AccessPredictor<AccessColumn> {
  readonly #members: readonly AccessPredictor[];
  readonly #scores = new Scores(members.length + 1, halfLifeLessons);

  constructor(context: PredictorContext) {
    noSettings(context.settings);
    this.#members = members.map((member) => member.create(context));
  }

  async observe(window: AccessWindow): Promise<void> {
    for (const member of this.#members) await member.observe?.(window);
  }

  async learn(lesson: AccessLesson<AccessColumn>): Promise<void> {
    const orders = await this.#orders(lesson);
    orders.push(orderOf(this.#pooled(orders, lesson.weights)));
    this.#scores.add(orders.map((order) => servedByStep(order, lesson.targets, lesson.weights)));
    for (const member of this.#members) await member.learn?.(lesson);
  }

  async predict(batch: AccessBatch<AccessColumn>): Promise<Float32Array> {
    const best = this.#best(batch.budget);
    return best === pool ? this.#pooled(await this.#orders(batch)) : this.#members[best]!.predict(batch);
  }

  async save(): Promise<Uint8Array> {
    const states: Uint8Array[] = [];
    for (const member of this.#members) states.push((await member.save?.()) ?? new Uint8Array());
    return saveState(stateMark, (walk) => this.#walk(walk, states));
  }

  async load(state: Uint8Array): Promise<void> {
    const states: Uint8Array[] = this.#members.map(() => new Uint8Array());
    loadState(stateMark, state, (walk) => this.#walk(walk, states));
    for (const [i, member] of this.#members.entries()) if (states[i]!.length > 0) await member.load?.(states[i]!);
  }

  #walk(walk: StateWalk, states: Uint8Array[]): void {
    this.#scores.walk(walk);
    for (const i of states.keys()) states[i] = walk.bytes(states[i]!, stateBytesMax);
  }

  async #orders(batch: AccessBatch<AccessColumn>): Promise<Uint32Array[]> {
    const orders: Uint32Array[] = [];
    for (const member of this.#members) orders.push(orderOf(await member.predict(batch)));
    return orders;
  }

  #pooled(orders: readonly Uint32Array[], weights?: Float32Array): Float32Array {
    const scores = new Float32Array(orders[0]!.length);
    for (const [member, order] of orders.entries()) addDensity(order, weights, this.#scores.density(member), scores);
    return scores;
  }

  #best(budget: number): number {
    const step = stepOf(budget);
    let best = 0;
    for (let order = 1; order <= pool; order++) if (this.#scores.of(order, step) > this.#scores.of(best, step)) best = order;
    return best;
  }
}

export default definePredictor({
  name: 'ensemble',
  role: 'access',
  columns: [...new Set(members.flatMap(({ columns }) => columns))],
  create: (context) => new Ensemble(context),
});
