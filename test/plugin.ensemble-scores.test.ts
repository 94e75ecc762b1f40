// Which order the ensemble trusts, given what became of the lessons.
import test from 'ava';
import { budgetSteps, Scores } from '../plugins/ensemble/scores.js';
import { Random } from './support/random.js';

const [recency, other] = [1, 2];
const flat = (share: number): Float64Array => new Float64Array(budgetSteps).fill(share);

/** Lessons in which the third order serves so much more than recency, give or take as much by chance; count serves less. */
function addLessons(scores: Scores, lessons: number, more: number, chance = 0): void {
  const random = new Random(lessons);
  for (let i = 0; i < lessons; i++) {
    const by = more + (chance * (random.below(2001) - 1000)) / 1000;
    scores.add([flat(0.4), flat(0.5), flat(0.5 + by)]);
  }
}

test('an order that is surely better is not trusted', (t) => {
  const scores = new Scores(3, [other]);
  addLessons(scores, 10, 0.05, 0.05);
  t.is(scores.best(100), other);
});

test('an order that is better by chance is trusted', (t) => {
  const scores = new Scores(3, [other]);
  for (let i = 0; i < 10; i++) addLessons(scores, 1, i % 2 === 0 ? 0.06 : -0.05);
  addLessons(scores, 1, 0.06);
  t.is(scores.best(100), recency);
});

test('an order that was right before the load changed is trusted for long', (t) => {
  const scores = new Scores(3, [other]);
  addLessons(scores, 30, 0.1);
  t.is(scores.best(100), other);
  addLessons(scores, 2, -0.15);
  t.is(scores.best(100), recency);
});

test('an order that has been right again is forgotten', (t) => {
  const scores = new Scores(3, [other]);
  addLessons(scores, 24, 0.1);
  addLessons(scores, 2, -0.15);
  addLessons(scores, 6, 0.1);
  t.is(scores.best(100), other);
});
