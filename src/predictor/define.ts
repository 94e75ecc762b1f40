// How a predictor is written: definePredictor(), and the hooks of each role.
import { foreshardError } from '../errors/index.js';
import { catalogue, type Role, type RoleColumns } from './catalogue/index.js';
import type { AccessBatch, AccessLesson, AccessWindow, Batch, Lesson } from './batch.js';

type Awaitable<Result> = Result | Promise<Result>;

/** What every predictor may have beside its role's hooks. */
interface State {
  /** What it has learned, in bytes of its own format; kept with the store. Default: nothing is kept. */
  save?(): Awaitable<Uint8Array>;
  /**
   * What save() gave in an earlier process, under the same name and version; called at most once, before all other hooks. Throw
   * for bytes that cannot be right: the predictor then starts afresh.
   */
  load?(state: Uint8Array): Awaitable<void>;
}

/** Which keys, in which order, will be wanted first after a failure now. */
export interface AccessPredictor<Column extends string = string> extends State {
  /** The sequence of accesses, in samples; for models of what follows what. */
  observe?(window: AccessWindow): Awaitable<void>;
  /** Keys beside the tracked ones that should be candidates, the most wanted first; at most `limit`. */
  propose?(limit: number): Awaitable<Float64Array>;
  /** Rows as they were at a moment, with what was asked for after it. */
  learn?(lesson: AccessLesson<Column>): Awaitable<void>;
  /** A number for each row: the higher, the sooner it is wanted. The expected number of early reads is a good one. */
  predict(batch: AccessBatch<Column>): Awaitable<Float32Array>;
}

/** How heavy something will be downstream. */
export interface LoadPredictor<Column extends string = string> extends State {
  /** Rows in the order of time, with their cost. */
  learn?(lesson: Lesson<Column>): Awaitable<void>;
  /** The cost of each row, in the unit of the lessons; not below 0. */
  predict(batch: Batch<Column>): Awaitable<Float32Array>;
}

/** How likely a failure of a node is in the coming interval. */
export interface FailurePredictor<Column extends string = string> extends State {
  /** Intervals in the order of time, with the failures in each. */
  learn?(lesson: Lesson<Column>): Awaitable<void>;
  /** The expected number of failures of each row's node in its interval; not below 0. */
  predict(batch: Batch<Column>): Awaitable<Float32Array>;
}

/** The hooks of each role. */
export interface RolePredictors<Column extends string = string> {
  access: AccessPredictor<Column>;
  load: LoadPredictor<Column>;
  failure: FailurePredictor<Column>;
}

/** What a predictor gets from its host. */
export interface PredictorContext {
  /** For whatever is random in it: the same seed and lessons must give the same predictions. */
  readonly seed: number;
  /** As given beside the predictor's name in the options; a plain object. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Asked now and then in long work, tells that the hook's time is nearly over: end with what there is. */
  shouldStop(): boolean;
}

/** What is given to definePredictor(). */
export interface PredictorDefinition<R extends Role = Role, Column extends RoleColumns[R] = RoleColumns[R]> {
  /** Small letters, digits and hyphens; it names the predictor in options, errors and saved state. */
  readonly name: string;
  readonly role: R;
  /** The features that its hooks are given. */
  readonly columns: readonly Column[];
  /** Of the format of its saved state; state of another version is not loaded. Default: 1. */
  readonly version?: number;
  /**
   * 'inline': runs beside the features, without a thread of its own; for what takes microseconds a thousand rows. 'pool': in a
   * thread of its own that is ended if it hangs or eats memory. Default: 'pool'.
   */
  readonly runs?: 'inline' | 'pool';
  /** Called once for each store, and again after a failure. */
  create(context: PredictorContext): RolePredictors<Column>[R];
}

const predictorMark: unique symbol = Symbol.for('foreshard.predictor');

/** What definePredictor() gives: a definition that has been looked over. */
export type Predictor<R extends Role = Role> = Required<Pick<PredictorDefinition<R>, 'name' | 'role' | 'version' | 'runs'>> & {
  readonly columns: readonly RoleColumns[R][];
  create(context: PredictorContext): RolePredictors[R];
  readonly [predictorMark]: true;
};

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameLengthMax = 64;

/**
 * Defines a predictor. Throws FORESHARD_BAD_ARGUMENT for a definition that cannot work: a name, role or column that there is not.
 * @example
 * export default definePredictor({
 *   name: 'most-used',
 *   role: 'access',
 *   columns: ['count'],
 *   create: () => ({ predict: ({ columns }) => columns.count.slice() }),
 * });
 */
export function definePredictor<R extends Role, Column extends RoleColumns[R]>(
  definition: PredictorDefinition<R, Column>,
): Predictor<R> {
  const fault = faultOf(definition);
  const { name, role, columns, version = 1, runs = 'pool', create } = definition;
  if (fault !== undefined)
    throw foreshardError('bad_argument', `predictor ${String(name)}: ${fault}`, { plugin: name, hook: 'definePredictor' });
  return Object.freeze({ name, role, columns: Object.freeze([...columns]), version, runs, create, [predictorMark]: true as const });
}

/** What a definition cannot be used for. */
function faultOf({ name, role, columns, version = 1, runs = 'pool', create }: PredictorDefinition): string | undefined {
  if (typeof name !== 'string' || name.length > nameLengthMax || !namePattern.test(name))
    return `name must be small letters, digits and hyphens, at most ${nameLengthMax}`;
  if (!Object.hasOwn(catalogue, role)) return `role must be one of ${Object.keys(catalogue).join(', ')}`;
  if (!Array.isArray(columns)) return 'columns must be a list of names';
  const unknown = columns.find((column) => !Object.hasOwn(catalogue[role], column));
  if (unknown !== undefined)
    return `there is no column "${String(unknown)}"; of role ${role} there are ${columnsOf(role).join(', ')}`;
  if (new Set(columns).size !== columns.length) return 'a column is named twice';
  if (!Number.isSafeInteger(version) || version < 1) return 'version must be a whole number from 1';
  if (runs !== 'inline' && runs !== 'pool') return "runs must be 'inline' or 'pool'";
  return typeof create === 'function' ? undefined : 'create must be a function';
}

/** The names of the columns of a role. */
export const columnsOf = <R extends Role>(role: R): RoleColumns[R][] => Object.keys(catalogue[role]) as RoleColumns[R][];

/** Whether definePredictor() has made it, be it that of another copy of this package. */
export function isPredictor(value: unknown): value is Predictor {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[predictorMark] === true;
}
