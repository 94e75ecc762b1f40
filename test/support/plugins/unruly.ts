// Predictors that misbehave, each in a way of its own, for tests of their host. What they do not do wrong they do right.
import { definePredictor, type AccessPredictor, type Predictor } from '../../../src/predictor/index.js';

export interface UnrulyOptions {
  readonly name: string;
  readonly mode: Mode;
  /** Where it does that. */
  readonly hook: 'create' | 'observe' | 'propose' | 'learn' | 'predict' | 'save' | 'load';
  readonly runs: 'pool' | 'inline';
}

type Answer = (argument: unknown) => unknown;

const hoard: unknown[] = [];
const forever = (): never => {
  for (;;);
};
/** Without work for the processor. */
const blocked = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
const later = (work: () => void, ms = 0): void => {
  setTimeout(work, ms);
};
const pieces = (mebibytes: number) =>
  Array.from({ length: mebibytes }, () => hoard.push(new Float64Array(2 ** 17).fill(1)));
const rowsOf = (batch: unknown): number => (batch as { rows: number }).rows;
const filled = (number: number) => (batch: unknown) => new Float32Array(rowsOf(batch)).fill(number);

/** All arrays of numbers in what a hook is given. */
function arraysOf(given: unknown): Float64Array[] {
  if (ArrayBuffer.isView(given)) return [given as Float64Array];
  return typeof given === 'object' && given !== null ? Object.values(given).flatMap(arraysOf) : [];
}

function fail(error: unknown): never {
  throw error;
}

const modes = {
  'throws': () => fail(new Error('no idea')),
  'throws null': () => fail(null),
  'throws what cannot be cloned': () => fail({ tell() {} }),
  'throws what has no words': () => fail(Object.create(null)),
  'rejects': () => Promise.reject(new Error('no idea')),
  'gives NaN': filled(NaN),
  'gives infinity': filled(Infinity),
  'gives too few': (batch) => new Float32Array(rowsOf(batch) - 1),
  'gives a list': (batch) => Array(rowsOf(batch)).fill(0),
  'gives a function': () => () => 0,
  'gives rubbish': () => Float64Array.of(-1, 0.5, NaN),
  'gives too many': (limit) => new Float64Array((limit as number) + 1),
  'never returns': forever,
  'blocks': blocked,
  'never settles': () => new Promise(() => {}),
  'blocks when it is too late': () => {
    later(blocked, 1000);
    return new Promise(() => {});
  },
  'throws later': () => later(() => fail(new Error('too late'))),
  'ends its thread later': () => later(() => process.exit(1)),
  'ends its thread': () => process.exit(1),
  'eats heap': () => {
    for (;;) hoard.push({ number: hoard.length });
  },
  'eats heap in one bite': () => {
    hoard.push(Array(2 ** 24).fill(1.5));
    forever();
  },
  // So much that what other tests of this process let go meanwhile does not hide it.
  'eats memory beside the heap': () => {
    pieces(400);
    forever();
  },
  'keeps more and more': () => pieces(8),
  'writes into what it is given': (given) => arraysOf(given).forEach((array) => array.fill(NaN)),
  'looks for what others have written': (given) => {
    if (arraysOf(given).some((array) => array.includes(NaN))) fail(new Error('somebody has written here'));
  },
} satisfies Record<string, Answer>;

export type Mode = keyof typeof modes;

/** Their order is that of recency; no answer of their own is needed where a mode has none. */
function wellBehaved(): Required<AccessPredictor<'recencyRank' | 'age'>> {
  return {
    observe: () => {},
    propose: () => new Float64Array(0),
    learn: () => {},
    predict: ({ columns }) => columns.recencyRank.map((rank) => -rank),
    save: () => Uint8Array.of(1, 2, 3),
    load: () => {},
  };
}

function created({ mode, hook }: UnrulyOptions): AccessPredictor<'recencyRank' | 'age'> {
  const answer: Answer = modes[mode];
  if (hook === 'create') answer(undefined);
  const good = wellBehaved() as unknown as Record<string, Answer>;
  const { save: _, load: __, ...hooks } = good;
  const state = hook === 'save' || hook === 'load' ? good : {};
  const wrong = (argument: unknown) => {
    const right = good[hook]!(argument);
    return answer(argument) ?? right;
  };
  return { ...hooks, ...state, ...(hook === 'create' ? {} : { [hook]: wrong }) } as unknown as AccessPredictor;
}

export const unruly = (options: UnrulyOptions): Predictor<'access'> =>
  definePredictor({
    name: options.name,
    role: 'access',
    columns: ['recencyRank', 'age'],
    runs: options.runs,
    create: () => created(options),
  });
