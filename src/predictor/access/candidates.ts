// Which keys a predictor is asked about: a few times as many as there is room for, from several simple orders in turn.
import type { Moment } from '../features/index.js';

/** Takes from each of the orders in turn what none has brought yet, until there are `limit`. */
export function inTurns(size: number, orders: readonly Iterable<number>[], limit: number): Int32Array {
  const taken = new Uint8Array(size);
  const found = new Int32Array(Math.min(limit, size));
  let count = 0;
  let running = orders.map((order) => order[Symbol.iterator]());
  const takeNext = (order: Iterator<number>): boolean => {
    for (let step = order.next(); !step.done; step = order.next()) {
      if (taken[step.value]) continue;
      taken[step.value] = 1;
      found[count++] = step.value;
      return true;
    }
    return false;
  };
  while (running.length > 0 && count < found.length) running = running.filter((order) => count < found.length && takeNext(order));
  return found.subarray(0, count);
}

/** `proposed`: slots of keys that the predictor itself has named. */
export function candidatesOf(moment: Moment, limit: number, proposed: readonly number[] = []): Int32Array {
  const { tracked, recency, count, followers } = moment;
  if (tracked.size <= limit) return recency.slots;
  return inTurns(tracked.size, [proposed, followers.slots, recency.slots, count.slots], limit);
}
