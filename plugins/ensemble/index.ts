// ensemble: the better one of recency and count at the budget that is asked for, or what has surely been better lately.
import {
  bestFirst,
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
import { addDensity, Scores, servedByStep, stepsOf } from './scores.js';

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

const stateMark = 0x534e4546;
const stateBytesMax = 2 ** 26;

/**
 * Beside the members stands their pool: a key counts what its place is good for in the order of each, summed (a linear opinion
 * pool: Stone, "The Opinion Pool", Annals of Mathematical Statistics 32(4), 1961).
 */
const pool = members.length;

/** What knows most comes first: the others have to be better. */
const tried = [members.indexOf(gradientBoosted), pool, members.indexOf(successor), members.indexOf(decayingAverage)];

class Ensemble implements AccessPredictor<AccessColumn> {
  readonly #members: readonly AccessPredictor[];
  readonly #scores = new Scores(members.length + 1, tried);

  constructor(context: PredictorContext) {
    noSettings(context.settings);
    this.#members = members.map((member) => member.create(context));
  }

  async observe(window: AccessWindow): Promise<void> {
    for (const member of this.#members) await member.observe?.(window);
  }

  async learn(lesson: AccessLesson<AccessColumn>): Promise<void> {
    const orders = await this.#orders(lesson);
    orders.push(bestFirst(this.#pooled(orders, lesson.weights)));
    this.#scores.add(orders.map((order) => servedByStep(order, lesson)));
    for (const member of this.#members) await member.learn?.(lesson);
  }

  async predict(batch: AccessBatch<AccessColumn>): Promise<Float32Array> {
    const best = this.#scores.best(batch.budget);
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
    for (const member of this.#members) orders.push(bestFirst(await member.predict(batch)));
    return orders;
  }

  #pooled(orders: readonly Uint32Array[], weights?: Float32Array): Float32Array {
    const scores = new Float32Array(orders[0]!.length);
    const steps = stepsOf(orders[0]!, weights);
    for (const [member, order] of orders.entries())
      addDensity(order, weights ? stepsOf(order, weights) : steps, this.#scores.density(member), scores);
    return scores;
  }
}

export default definePredictor({
  name: 'ensemble',
  role: 'access',
  columns: [...new Set(members.flatMap(({ columns }) => columns))],
  create: (context) => new Ensemble(context),
});
