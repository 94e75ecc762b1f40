// What every predictor must keep to, whatever it predicts. A check throws, with a message for the author.
import type { AccessPredictor, Predictor, PredictorContext, RolePredictors } from '../define.js';
import { faultOfPrediction, faultOfProposal, faultOfState } from '../outputs.js';
import { uniform } from '../random.js';
import { lessonOf, windowOf, type AnyLesson } from './rows.js';

/** A predictor on trial: how to make a new one, and what to feed it with. */
export interface Trial {
  readonly definition: Predictor;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
}

export interface Check {
  /** What is promised. */
  readonly name: string;
  readonly run: (trial: Trial) => Promise<void>;
}

/** The hooks of any role, as all are called here. */
interface AnyPredictor {
  observe?: AccessPredictor['observe'];
  propose?: AccessPredictor['propose'];
  learn?(lesson: AnyLesson): unknown;
  predict(batch: AnyLesson): Float32Array | Promise<Float32Array>;
  save?: AccessPredictor['save'];
  load?: AccessPredictor['load'];
}

const lessons = 8;
const lessonRows = 400;
const batchRows = 300;
const windows = 6;
const windowAccesses = 512;
const proposed = 50;
const damages = 24;

function require(kept: boolean, message: string): asserts kept {
  if (!kept) throw new Error(message);
}

function requireNone(fault: string | undefined): void {
  if (fault !== undefined) throw new Error(fault);
}

const create = ({ definition, settings, seed }: Trial, change: Partial<PredictorContext> = {}): AnyPredictor =>
  definition.create({ seed, settings, shouldStop: () => false, ...change }) as RolePredictors['access'] as AnyPredictor;

/** Fed with the same as any other of this trial. */
async function taught(trial: Trial, predictor = create(trial)): Promise<AnyPredictor> {
  const random = uniform(trial.seed);
  for (let i = 0; i < windows; i++) await predictor.observe?.(windowOf(i * windowAccesses, windowAccesses, random));
  for (let i = 0; i < lessons; i++) await predictor.learn?.(lessonOf(trial.definition, lessonRows, random));
  return predictor;
}

const batchOf = ({ definition, seed }: Trial, rows = batchRows): AnyLesson => lessonOf(definition, rows, uniform(seed + 1));

async function soundPrediction({ definition }: Trial, predictor: AnyPredictor, batch: AnyLesson): Promise<Float32Array> {
  const values = await predictor.predict(batch);
  requireNone(faultOfPrediction(values, batch.rows, definition.role));
  return values;
}

function requireSame(one: Float32Array, other: Float32Array, when: string): void {
  const row = one.findIndex((value, i) => value !== other[i]);
  require(row < 0, `row ${row} is ${one[row]}, and ${other[row]} ${when}`);
}

const predictsFromTheStart: Check = {
  name: 'predicts before it has learned anything',
  run: async (trial) => void (await soundPrediction(trial, create(trial), batchOf(trial))),
};

const predictsAnyRows: Check = {
  name: 'predicts no rows, one row and many',
  async run(trial) {
    const predictor = await taught(trial);
    for (const rows of [0, 1, batchRows, 20 * batchRows]) await soundPrediction(trial, predictor, batchOf(trial, rows));
  },
};

const learnsAnything: Check = {
  name: 'learns from no rows, from rows that are all the same, and from what is not known',
  async run(trial) {
    const predictor = await taught(trial);
    for (const value of [0, -1, 1e9]) {
      const lesson = batchOf(trial);
      for (const column of Object.values(lesson.columns)) column.fill(value);
      lesson.targets.fill(0);
      await predictor.learn?.(lesson);
      await soundPrediction(trial, predictor, lesson);
    }
    await predictor.learn?.(batchOf(trial, 0));
    await soundPrediction(trial, predictor, batchOf(trial));
  },
};

const leavesInputAlone: Check = {
  name: 'leaves alone what it is given',
  async run(trial) {
    const predictor = await taught(trial);
    const [given, kept] = [batchOf(trial), batchOf(trial)];
    await predictor.predict(given);
    await predictor.learn?.(given);
    for (const [name, column] of Object.entries(given.columns)) {
      const before = (kept.columns as Record<string, Float32Array>)[name]!;
      const changed = column.findIndex((value, row) => !Object.is(value, before[row]));
      require(changed < 0, `column ${name} was changed in row ${changed}`);
    }
    require(given.targets.every((value, row) => value === kept.targets[row]), 'targets were changed');
  },
};

const keepsItsAnswer: Check = {
  name: 'keeps no array that it is given, and gives none that it writes to later',
  async run(trial) {
    const predictor = await taught(trial);
    const batch = batchOf(trial);
    const first = await soundPrediction(trial, predictor, batch);
    const copy = first.slice();
    for (const column of Object.values(batch.columns)) column.fill(7);
    await predictor.predict(batch);
    requireSame(copy, first, 'after the next prediction');
  },
};

const isDeterministic: Check = {
  name: 'gives the same for the same seed and lessons',
  async run(trial) {
    const [one, other] = [await taught(trial), await taught(trial)];
    requireSame(await one.predict(batchOf(trial)), await other.predict(batchOf(trial)), 'the second time');
  },
};

const savesWhatItLearned: Check = {
  name: 'predicts the same when what it saved is loaded',
  async run(trial) {
    const learned = await taught(trial);
    if (!learned.save) return;
    const loaded = create(trial);
    require(loaded.load !== undefined, 'it has save(), but no load()');
    const state = await learned.save();
    requireNone(faultOfState(state));
    await loaded.load(state);
    requireSame(await learned.predict(batchOf(trial)), await loaded.predict(batchOf(trial)), 'when loaded');
  },
};

/** Damaged bytes may happen to be sound; then predictions must be numbers. */
const refusesDamage: Check = {
  name: 'refuses damaged state, or predicts numbers with it',
  async run(trial) {
    const saved = await (await taught(trial)).save?.();
    if (!saved) return;
    const state = Uint8Array.from(saved); // a slice of a Buffer would be no copy
    const random = uniform(trial.seed);
    for (let i = 0; i < damages; i++) {
      const damaged = i % 2 === 0 ? state.slice(0, Math.floor(state.length * random())) : state.slice();
      if (damaged.length > 0) damaged[Math.floor(damaged.length * random())]! ^= 1 + Math.floor(255 * random());
      const predictor = create(trial);
      const loaded = await Promise.resolve().then(() => predictor.load?.(damaged)).then(() => true, () => false);
      if (loaded) await soundPrediction(trial, predictor, batchOf(trial));
    }
  },
};

const stopsWhenAsked: Check = {
  name: 'still predicts when its time was nearly over in every lesson',
  run: async (trial) =>
    void (await soundPrediction(trial, await taught(trial, create(trial, { shouldStop: () => true })), batchOf(trial))),
};

const proposesKeys: Check = {
  name: 'proposes at most as many keys as are asked for',
  async run(trial) {
    const predictor = await taught(trial);
    if (predictor.propose) requireNone(faultOfProposal(await predictor.propose(proposed), proposed));
  },
};

/** In the order in which they are best read by who looks for a fault. */
export const checks: readonly Check[] = [
  predictsFromTheStart,
  predictsAnyRows,
  learnsAnything,
  leavesInputAlone,
  keepsItsAnswer,
  isDeterministic,
  savesWhatItLearned,
  refusesDamage,
  stopsWhenAsked,
  proposesKeys,
];
