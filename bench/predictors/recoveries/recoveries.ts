// A trace goes into a store; at several points of it the process is killed, and what the next one finds in memory is counted.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../../common/children.js';
import { Replay } from './replay.js';
import type { Message, Reached, Recovered, ReplayedOptions, ReplayOptions } from './tasks.js';

export interface RecoveriesSettings {
  readonly directory: string;
  readonly trace: ReplayOptions & { readonly name: string };
  /** 'none', or names for the option `predictors.access`. */
  readonly predictors: readonly string[];
  /** Crash points, evenly from 30 % to 95 % of the trace. */
  readonly points: number;
  /** Accesses per second. */
  readonly rate: number;
  /** fastBudget, as a share of what all keys and values take. */
  readonly fastShare: number;
  readonly memoryLimit: number;
  readonly segmentBytes: number;
  readonly say: (text: string) => void;
}

export interface CrashPoint extends Recovered {
  /** The access before which the process was killed. */
  readonly at: number;
  /** Accesses per second up to there. */
  readonly rate: number;
  readonly wrong: number;
}

export interface PredictorOutcome {
  readonly predictor: string;
  readonly points: readonly CrashPoint[];
}

export interface RecoveriesResult {
  readonly trace: string;
  readonly accesses: number;
  readonly keys: number;
  /** What all keys and values take in memory. */
  readonly dataBytes: number;
  readonly fastBudget: number;
  readonly seed: number;
  readonly outcomes: readonly PredictorOutcome[];
}

/** From the first access on, all of them, and soon: a replay has less time than a service. */
const predicting = { startAfter: 0, interval: 500, accessesPerSecond: 1_000_000 } as const;

const program = join(dirname(fileURLToPath(import.meta.url)), 'program.js');
const [firstPoint, lastPoint] = [0.3, 0.95];

export const pointsOf = (length: number, points: number): number[] =>
  Array.from({ length: points }, (_, point) =>
    Math.floor(length * (firstPoint + ((lastPoint - firstPoint) * point) / Math.max(1, points - 1))),
  );

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

class Run {
  readonly #settings: RecoveriesSettings;
  readonly #directory: string;
  readonly #options: ReplayedOptions;

  constructor(settings: RecoveriesSettings, predictor: string, fastBudget: number) {
    this.#settings = settings;
    this.#directory = join(settings.directory, predictor);
    const { memoryLimit, segmentBytes } = settings;
    const predictors = predictor === 'none' ? (false as const) : { access: predictor, ...predicting };
    this.#options = { memoryLimit, segmentBytes, tiers: { fastBudget }, predictors };
  }

  /** Plays from one access to another and kills the process there. */
  async play(from: number, to: number): Promise<Reached> {
    const { trace, rate } = this.#settings;
    const { name: _, ...replay } = trace;
    const child = new Program<Message>(program, { directory: this.#directory, options: this.#options, replay, from, to, rate });
    await child.told('opened');
    const reached = await child.told('reached');
    await child.kill();
    if (reached.wrong > 0) throw new Error(`${reached.wrong} wrong values, ${from} to ${to}`);
    return reached;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function runPredictor(
  settings: RecoveriesSettings,
  predictor: string,
  length: number,
  fastBudget: number,
): Promise<PredictorOutcome> {
  const { say, trace } = settings;
  const run = new Run(settings, predictor, fastBudget);
  const ats = pointsOf(length, settings.points);
  const points: CrashPoint[] = [];
  let before = await run.play(0, ats[0]!);
  for (const [number, at] of ats.entries()) {
    const { rate } = before;
    const reached: Reached = await run.play(at, ats[number + 1] ?? length);
    const { recovered, wrong } = reached;
    const { reads, ofRestoredKeys } = recovered.first1000;
    say(`${trace.name}, ${predictor}, killed at ${percent(at / length)}: ${ofRestoredKeys} of ${reads} reads of restored keys`);
    points.push({ at, rate, wrong, ...recovered });
    before = reached;
  }
  run.remove();
  return { predictor, points };
}

export async function runRecoveries(settings: RecoveriesSettings): Promise<RecoveriesResult> {
  const replay = await Replay.read(settings.trace);
  const { keys, bytes } = replay.totals;
  const fastBudget = Math.ceil(settings.fastShare * bytes);
  const { name, seed } = settings.trace;
  settings.say(`${name}: ${replay.length} accesses of ${keys} keys, ${bytes} bytes, fastBudget ${fastBudget}, seed ${seed}`);
  const outcomes: PredictorOutcome[] = [];
  for (const predictor of settings.predictors) outcomes.push(await runPredictor(settings, predictor, replay.length, fastBudget));
  return { trace: name, accesses: replay.length, keys, dataBytes: bytes, fastBudget, seed, outcomes };
}
