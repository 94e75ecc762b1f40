// Constant rates, to compare predictors with: walked forward, of all that was seen so far.
import type { Round } from './rounds.js';

/** What foretells failures round by round. */
export interface Foreteller {
  readonly name: string;
  predict(round: Round): Float32Array | Promise<Float32Array>;
  learn(round: Round): void | Promise<void>;
}

/** Failures and seconds of all nodes; it begins as if with one failure in 30 days of one node. */
class Total {
  failures = 1;
  seconds = 30 * 86_400;

  add({ rows, columns, targets }: Round): void {
    for (let row = 0; row < rows; row++) {
      this.failures += targets[row]!;
      this.seconds += columns.interval[row]!;
    }
  }
}

/** One rate for all nodes. */
export function constantOfAll(): Foreteller {
  const total = new Total();
  return {
    name: 'constant of all nodes',
    predict: ({ columns }) => columns.interval.map((seconds) => (seconds * total.failures) / total.seconds),
    learn: (round) => total.add(round),
  };
}

/** A rate for each node. One failure at the rate of all nodes is added, as a node without failures would have a rate of 0. */
export function constantOfNode(): Foreteller {
  const total = new Total();
  const [failures, seconds] = [new Map<number, number>(), new Map<number, number>()];
  return {
    name: 'constant of the node',
    predict: ({ columns }) =>
      columns.interval.map((length, row) => {
        const node = columns.node[row]!;
        return (length * ((failures.get(node) ?? 0) + 1)) / ((seconds.get(node) ?? 0) + total.seconds / total.failures);
      }),
    learn(round) {
      total.add(round);
      for (let row = 0; row < round.rows; row++) {
        const node = round.columns.node[row]!;
        failures.set(node, (failures.get(node) ?? 0) + round.targets[row]!);
        seconds.set(node, (seconds.get(node) ?? 0) + round.columns.interval[row]!);
      }
    },
  };
}

/** Constants that know the end: fitted to the very rounds that are scored, which no one can do who foretells. */
export class Hindsight {
  readonly #nodes = new Map<number, { failures: number; seconds: number; logs: number }>();

  add({ rows, columns, targets }: Round): void {
    for (let row = 0; row < rows; row++) {
      const node = this.#nodes.get(columns.node[row]!) ?? { failures: 0, seconds: 0, logs: 0 };
      this.#nodes.set(columns.node[row]!, node);
      node.failures += targets[row]!;
      node.seconds += columns.interval[row]!;
      node.logs += targets[row]! * Math.log(columns.interval[row]!);
    }
  }

  /** Poisson log-likelihoods of all rows, without the factorials: with one rate for all nodes, and with one for each. */
  logLikelihoods(): { all: number; node: number } {
    const nodes = [...this.#nodes.values()];
    const sum = (of: (node: (typeof nodes)[number]) => number) => nodes.reduce((total, node) => total + of(node), 0);
    const [failures, seconds, logs] = [sum((node) => node.failures), sum((node) => node.seconds), sum((node) => node.logs)];
    const own = sum((node) => (node.failures === 0 ? 0 : node.failures * Math.log(node.failures / node.seconds)));
    return { all: failures === 0 ? 0 : failures * Math.log(failures / seconds) + logs - failures, node: own + logs - failures };
  }
}
