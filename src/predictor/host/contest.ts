// Several access predictors on the same lessons: one orders the keys, the others are asked as well and only scored. The first of
// all is a simple one that always can; it stands in when the chosen one fails, or would have served less.
//
// A score is how many of the next reads the keys would have served that a predictor put first at virtual crash points: a decayed
// mean, as a ratio to that of the simple one at the same points, so that quiet and busy times weigh the same, and rests do no harm.
import type { AccessBatch, AccessLesson, AccessWindow } from '../batch.js';
import type { AccessColumn } from '../catalogue/index.js';
import type { AccessPredictor } from '../define.js';
import type { Decision } from './decisions.js';
import type { Guarded } from './guarded.js';
import { checkedKeys, checkedScores } from './output-checks.js';
import { servedWithin } from './served.js';

const halfLifeLessons = 12;
const kept = 2 ** (-1 / halfLifeLessons);
/** Lessons before a predictor is taken for worse than the simple one, and before a challenger is taken for better. */
const lessonsToFall = 4;
const lessonsToRise = 8;
/** Against to and fro: it falls below this part of the simple one, comes back at all of it; challengers must be better by that. */
const fallsBelow = 0.98;
const risesAbove = 1.02;

/** Of one predictor. */
export interface Standing {
  readonly name: string;
  readonly role: 'active' | 'challenger' | 'fallback';
  readonly state: 'serving' | 'scored' | 'resting';
  /** Mean of the share of the next reads that it would have served, the latest lessons counting most; undefined: none yet. */
  readonly score: number | undefined;
  /** Its score over that of the simple one. */
  readonly ratio: number | undefined;
  readonly lessons: number;
  readonly failures: number;
  readonly lastFailure: string | undefined;
  /** Milliseconds of its hooks, so far. */
  readonly workMs: number;
}

class Contender {
  score = 0;
  lessons = 0;
  #simpleScore = 0;
  #weight = 0;

  constructor(readonly guarded: Guarded) {}

  /** What it would have served, and the simple one. */
  add(served: number, simple: number): void {
    this.#weight = this.#weight * kept + 1;
    this.score += (served - this.score) / this.#weight;
    this.#simpleScore += (simple - this.#simpleScore) / this.#weight;
    this.lessons++;
  }

  get ratio(): number {
    if (this.#simpleScore > 0) return this.score / this.#simpleScore;
    return this.score > 0 ? Infinity : 1;
  }
}

export interface ContestOptions {
  /** The simple one; it runs inline and comes with the store. */
  readonly fallback: Guarded;
  readonly active: Guarded;
  readonly challengers: readonly Guarded[];
  decided(decision: Omit<Decision, 'serving'>): void;
}

const anything = () => true;

export class Contest implements AccessPredictor<AccessColumn> {
  readonly #fallback: Contender;
  readonly #contenders: readonly Contender[];
  readonly #decided: (decision: Omit<Decision, 'serving'>) => void;
  #active: Contender;
  /** The active one is the worse one, for now. */
  #fallen = false;

  constructor({ fallback, active, challengers, decided }: ContestOptions) {
    this.#fallback = new Contender(fallback);
    this.#active = new Contender(active);
    this.#contenders = [this.#fallback, this.#active, ...challengers.map((challenger) => new Contender(challenger))];
    this.#decided = decided;
  }

  /** Who orders the keys now. */
  get serving(): string {
    return this.#serving.guarded.name;
  }
  get #serving(): Contender {
    return this.#fallen || this.#active.guarded.resting ? this.#fallback : this.#active;
  }

  async observe(window: AccessWindow): Promise<void> {
    await this.#all((guarded) => guarded.call('observe', window, anything));
  }

  async propose(limit: number): Promise<Float64Array> {
    return (await this.#serving.guarded.call('propose', limit, (output) => checkedKeys(output, limit))) ?? new Float64Array(0);
  }

  /** All answer first what they expect, then they learn what came. */
  async learn(lesson: AccessLesson<AccessColumn>): Promise<void> {
    const { targets: _, weights: __, horizon: ___, ...batch } = lesson;
    const scores = await this.#all((guarded) => this.#predicted(guarded, batch));
    this.#judge(scores.map((given) => given && servedWithin(given, lesson)));
    await this.#all((guarded) => guarded.call('learn', lesson, anything));
  }

  /** Never fails: the simple one is asked where the chosen one does not answer. */
  async predict(batch: AccessBatch<AccessColumn>): Promise<Float32Array> {
    const { guarded } = this.#serving;
    const scores = await this.#predicted(guarded, batch);
    if (scores !== undefined) return scores;
    return (await this.#predicted(this.#fallback.guarded, batch)) ?? batch.columns.recencyRank.map((rank) => -rank);
  }

  standings(): Standing[] {
    return this.#contenders.map((contender) => this.#standing(contender));
  }

  #standing(contender: Contender): Standing {
    const { guarded, lessons } = contender;
    const known = lessons > 0;
    const simple = contender === this.#fallback ? 'fallback' : 'challenger';
    return {
      name: guarded.name,
      role: contender === this.#active ? 'active' : simple,
      state: guarded.resting ? 'resting' : contender === this.#serving ? 'serving' : 'scored',
      score: known ? contender.score : undefined,
      ratio: known ? contender.ratio : undefined,
      lessons,
      failures: guarded.failures,
      lastFailure: guarded.last && `${guarded.last.hook}: ${guarded.last.message}`,
      workMs: guarded.workMs,
    };
  }

  #predicted(guarded: Guarded, batch: AccessBatch<AccessColumn>): Promise<Float32Array | undefined> {
    return guarded.call('predict', batch, (output) => checkedScores(output, batch.rows, 'access'));
  }

  #all<Result>(ask: (guarded: Guarded) => Promise<Result>): Promise<Result[]> {
    return Promise.all(this.#contenders.map(({ guarded }) => ask(guarded)));
  }

  /** `served`: what each would have served; undefined: it gave no answer. */
  #judge(served: readonly (number | undefined)[]): void {
    const [simple] = served;
    if (simple === undefined) return;
    for (const [i, contender] of this.#contenders.entries()) if (served[i] !== undefined) contender.add(served[i], simple);
    this.#judgeChallengers();
    const { lessons, guarded, ratio } = this.#active;
    if (guarded.resting) return;
    const falls = !this.#fallen && lessons >= lessonsToFall && ratio < fallsBelow;
    const returns = this.#fallen && ratio >= 1;
    if (!falls && !returns) return;
    this.#fallen = falls;
    this.#tell(falls ? 'fallback' : 'return', guarded.name);
  }

  /** One must be better than whoever serves, be that the simple one. */
  #judgeChallengers(): void {
    const able = this.#contenders.filter(({ guarded, lessons }) => !guarded.resting && lessons >= lessonsToRise);
    const serving = this.#serving;
    const best = able.reduce<Contender>((one, other) => (other.ratio > one.ratio ? other : one), serving);
    if (best === serving || best === this.#active || best === this.#fallback || best.ratio < risesAbove * serving.ratio) return;
    this.#active = best;
    this.#fallen = false;
    this.#tell('promoted', best.guarded.name);
  }

  #tell(change: Decision['change'], predictor: string): void {
    const figures = this.#contenders.map(({ guarded, score, lessons }) => `${guarded.name} ${percent(score)} (${lessons})`);
    const reason = `share of the next reads that each would have served, and lessons: ${figures.join(', ')}`;
    this.#decided({ change, predictor, reason });
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
