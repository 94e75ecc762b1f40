// Plain guesses of what records cost, each from the records before.
import type { CostedRecords } from './records.js';

/** What is known of a record is read, then its cost is learned. */
interface PlainGuess {
  guess(at: number): number;
  learn(at: number): void;
}

/** The weight of a new cost in the mean of its type, as the catalogue has it. */
export const typeRate = 1 / 8;

/** Cost per byte so far, times the bytes. */
function bySize({ bytes, cost }: CostedRecords): PlainGuess {
  let [costs, sizes] = [0, 0];
  return {
    guess: (at) => (sizes > 0 ? (costs / sizes) * bytes[at]! : 0),
    learn(at) {
      costs += cost[at]!;
      sizes += bytes[at]!;
    },
  };
}

/** The mean of all; `rate`: the least weight of the newest one. */
function byMean({ cost }: CostedRecords, rate: number): PlainGuess {
  let [mean, count] = [0, 0];
  return { guess: () => mean, learn: (at) => void (mean += (cost[at]! - mean) * Math.max(rate, 1 / ++count)) };
}

/** A moving average of each type, which begins with its first cost; -1: none of the type was there yet. */
function byType({ type, cost }: CostedRecords, rate: number): PlainGuess {
  const means = new Map<number, number>();
  return {
    guess: (at) => means.get(type[at]!) ?? -1,
    learn(at) {
      const mean = means.get(type[at]!);
      means.set(type[at]!, mean === undefined ? cost[at]! : mean + rate * (cost[at]! - mean));
    },
  };
}

const walked = (records: CostedRecords, plain: PlainGuess): Float64Array =>
  records.cost.map((_, at) => {
    const guess = plain.guess(at);
    plain.learn(at);
    return guess;
  });

/** Of records in the order of time, the costs that their rows tell of: -1 where there is none yet. */
export const costColumns = (records: CostedRecords) => ({
  lastCost: records.cost.map((_, at) => records.cost[at - 1] ?? -1),
  typeCost: walked(records, byType(records, typeRate)),
  typeCostLast: walked(records, byType(records, 1)),
});

/** By what they go by. */
export function plainGuesses(records: CostedRecords): Readonly<Record<string, Float64Array>> {
  const { typeCost, typeCostLast } = costColumns(records);
  return {
    'size': walked(records, bySize(records)),
    'last cost': walked(records, byMean(records, 1)),
    'mean so far': walked(records, byMean(records, 0)),
    'last of the type': typeCostLast.map((cost) => Math.max(0, cost)),
    'mean of the type': typeCost.map((cost) => Math.max(0, cost)),
  };
}
