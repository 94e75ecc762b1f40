// How good an order of a lesson's keys would have been.
import type { AccessLesson } from '../batch.js';
import { bestFirst } from '../ordering.js';

/**
 * The share of the reads counted in a lesson that the first `lesson.budget` keys serve, by falling score. Rows stand for as many
 * keys as their weights say; a row at the edge of the budget counts in part.
 */
export function servedWithin(scores: Float32Array, { targets, weights, horizon, budget }: AccessLesson): number {
  let [left, reads] = [budget, 0];
  for (const row of bestFirst(scores)) {
    if (left <= 0) break;
    reads += targets[row]! * Math.min(weights[row]!, left);
    left -= weights[row]!;
  }
  return reads / horizon;
}
