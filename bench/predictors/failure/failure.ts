// Walks a failure predictor forward through recorded failures: it foretells a round, is scored, and only then learns it.
import type { Batch, FailurePredictor, Predictor } from '../../../src/predictor/index.js';
import { constantOfAll, constantOfNode, Hindsight, type Foreteller } from './constants.js';
import type { History } from './histories.js';
import { roundsOf, type Round } from './rounds.js';
import { Score, type Decile } from './score.js';

export interface Recorded {
  readonly name: string;
  readonly about: string;
  readonly histories: readonly History[];
  /** Length of a round in seconds. */
  readonly interval: number;
}

export interface FailureResult {
  readonly name: string;
  readonly about: string;
  readonly nodes: number;
  readonly rounds: number;
  /** Scored ones, as all that follows. */
  readonly rows: number;
  readonly failures: number;
  readonly expected: number;
  /** In nats for each failure. */
  readonly logLikelihoods: readonly { readonly name: string; readonly perFailure: number }[];
  readonly deciles: readonly Decile[];
}

/** Of the time, at the beginning, that is learned and not scored. */
export const warmUpShare = 0.15;

function foretellerOf(predictor: Predictor<'failure'>, seed: number): Foreteller {
  const plugin: FailurePredictor = predictor.create({ seed, settings: {}, shouldStop: () => false });
  const asked = ({ rows, columns }: Round): Batch => ({
    rows,
    columns: Object.fromEntries(predictor.columns.map((name) => [name, columns[name as keyof typeof columns]])),
  });
  return {
    name: predictor.name,
    predict: (round) => plugin.predict(asked(round)),
    learn: (round) => plugin.learn?.({ ...asked(round), targets: round.targets, weights: round.weights }),
  };
}

interface Walk {
  readonly hindsight: Hindsight;
  readonly scores: readonly Score[];
  rounds: number;
  rows: number;
  failures: number;
}

async function walk({ histories, interval }: Recorded, foretellers: readonly Foreteller[]): Promise<Walk> {
  const from = Math.min(...histories.map((history) => history.from));
  const scoredFrom = from + warmUpShare * (Math.max(...histories.map(({ to }) => to)) - from);
  const walked: Walk = { hindsight: new Hindsight(), scores: foretellers.map(() => new Score()), rounds: 0, rows: 0, failures: 0 };
  for (const round of roundsOf(histories, interval)) {
    const scored = round.at >= scoredFrom;
    for (const [at, foreteller] of foretellers.entries()) {
      if (scored) walked.scores[at]!.add(await foreteller.predict(round), round.targets);
      await foreteller.learn(round);
    }
    if (!scored) continue;
    walked.hindsight.add(round);
    walked.rounds++;
    walked.rows += round.rows;
    walked.failures += round.targets.reduce((a, b) => a + b, 0);
  }
  return walked;
}

/** Scores a predictor with its default settings beside constant rates. */
export async function evaluate(recorded: Recorded, predictor: Predictor<'failure'>, seed = 1): Promise<FailureResult> {
  const foretellers = [foretellerOf(predictor, seed), constantOfNode(), constantOfAll()];
  const { hindsight, scores, rounds, rows, failures } = await walk(recorded, foretellers);
  const { node, all } = hindsight.logLikelihoods();
  const likelihood = (name: string, total: number) => ({ name, perFailure: total / Math.max(1, failures) });
  return {
    name: recorded.name,
    about: recorded.about,
    nodes: recorded.histories.length,
    rounds,
    rows,
    failures,
    expected: scores[0]!.expected,
    logLikelihoods: [
      ...scores.map(({ logLikelihood }, at) => likelihood(foretellers[at]!.name, logLikelihood)),
      likelihood('constant of the node, in hindsight', node),
      likelihood('constant of all nodes, in hindsight', all),
    ],
    deciles: scores[0]!.deciles(),
  };
}
