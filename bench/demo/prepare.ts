// Makes the workload of what the user has chosen.
import { defaultWriteShare, megabyte, type Options } from './options.js';
import { bundledRecords, recordsOfFile, type Records } from './records.js';
import { readTrace } from './trace.js';
import { saveWorkload, type Parts, type Shape } from './workload.js';

export interface Prepared {
  readonly shape: Shape;
  /** The data and the accesses, for people. */
  readonly about: readonly string[];
}

const defaultMemoryLimit = 2 ** 30;
const mebibyte = 2 ** 20;
/** Of the data: most stores are larger than what is wanted first. */
const fastShare = 1 / 4;

const total = (sizes: Iterable<number>) => [...sizes].reduce((sum, size) => sum + size, 0);
const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;

/** Copies of the keys that come closest to the size; room for all of it in memory, with what it grows by. */
function shapeOf(options: Options, baseKeys: number, baseBytes: number): Omit<Shape, 'writeShare' | 'isTrace'> {
  const copies = Math.max(1, Math.round(options.sizeBytes / baseBytes));
  const bytes = copies * baseBytes;
  const memoryLimit = Math.max(defaultMemoryLimit, Math.ceil((2 * bytes) / mebibyte) * mebibyte);
  return {
    seed: options.seed,
    lanes: options.lanes,
    theta: options.theta,
    baseKeys,
    copies,
    bytes,
    memoryLimit,
    fastBudget: Math.ceil(bytes * fastShare),
  };
}

function sizeLines({ baseKeys, copies, bytes, fastBudget }: Omit<Shape, 'writeShare' | 'isTrace'>): string[] {
  const keys = (baseKeys * copies).toLocaleString('en');
  const times = copies === 1 ? 'each once' : `each under ${copies} keys`;
  const budget = `fast-restore checkpoints may take a quarter of that, ${Math.round(fastBudget / megabyte)} MB`;
  return [`${keys} keys, ${Math.round(bytes / megabyte)} MB: ${times}, with its real size`, budget];
}

function prepareRecords(directory: string, options: Options, { about, names, bodies }: Records): Prepared {
  const writeShare = options.writeShare ?? defaultWriteShare;
  const shape = {
    ...shapeOf(options, names.length, total(bodies.map(({ length }) => length))),
    writeShare,
    isTrace: false,
  };
  saveWorkload(directory, shape, { names, bodies });
  const accesses = `accesses by Zipf's law with exponent ${shape.theta}, ${percent(writeShare)} of them writes`;
  return { shape, about: [about, ...sizeLines(shape), accesses] };
}

/** Keys without a size take that of a bundled record. */
function fillSizes(sizes: Uint32Array, bodies: readonly Buffer[]): Uint32Array {
  return sizes.map((size, i) => size || bodies[i % bodies.length]!.length);
}

function prepareTrace(directory: string, options: Options, file: string): Prepared {
  const { names, sizes: given, accesses, writes } = readTrace(file);
  const { about: bodiesAbout, bodies } = bundledRecords();
  const sizes = fillSizes(given, bodies);
  const writeShare = options.writeShare ?? (writes === 0 ? defaultWriteShare : undefined);
  const shape = { ...shapeOf(options, names.length, total(sizes)), writeShare, isTrace: true };
  const parts: Parts = { names, bodies, sizes, accesses };
  saveWorkload(directory, shape, parts);
  const who = shape.copies === 1 ? '' : `, played by ${shape.copies} tenants`;
  const own = `writes as it has them (${percent(writes / accesses.length)})`;
  const drawn = `${percent(writeShare ?? 0)} of them made writes`;
  return {
    shape,
    about: [
      `${accesses.length.toLocaleString('en')} accesses to ${names.length.toLocaleString('en')} keys of ${file}${who}`,
      `contents from ${bodiesAbout}`,
      ...sizeLines(shape),
      writeShare === undefined ? own : drawn,
    ],
  };
}

export function prepare(directory: string, options: Options): Prepared {
  if (options.trace !== undefined) return prepareTrace(directory, options, options.trace);
  return prepareRecords(
    directory,
    options,
    options.events === undefined ? bundledRecords() : recordsOfFile(options.events),
  );
}
