// How soon a killed store gives its first correct answer, with the replay of the log's tail beside it, and whether the
// tail stays below its cap while the store is written to as fast as it takes it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './children.js';
import { dropCaches, machine } from '../common/machine.js';
import { megabytes, type Figure } from './report.js';
import { common, dataBytes, withLoaded, type Settings } from './settings.js';
import { onLine, withSpread } from '../common/statistics.js';
import type { Log } from './tasks.js';

interface Run {
  readonly openMs: number;
  /** Milliseconds from the call of open() to the first value. */
  readonly firstMs: number;
  readonly correct: boolean;
  readonly tail: { readonly bytes: number; readonly records: number };
  /** What reading and replaying the tail took of it. */
  readonly tailMs: number;
  readonly logs: readonly Log[];
  readonly dropped: boolean;
  readonly recovery: unknown;
}

/** What the store is killed under. */
interface Load {
  readonly name: string;
  readonly lanes: number;
  readonly putShare: number;
  readonly batchSize: number;
  readonly seconds: number;
}

async function crash(settings: Settings, directory: string, run: number, load: Load): Promise<Log[]> {
  const child = new Child({ ...common(settings, directory, run), ...load, do: 'traffic', zipf: false });
  await child.told('warm');
  await sleep(load.seconds * 1000);
  await child.kill();
  return child.all('log').map(({ log }) => log);
}

async function measure(settings: Settings, directory: string, run: number, logs: Log[]): Promise<Omit<Run, 'dropped'>> {
  const child = new Child({ ...common(settings, directory, run), do: 'first' });
  const { openMs, firstMs, correct, recovery } = await child.told('first');
  await child.ended();
  const { tail, ms } = recovery as unknown as { tail: Run['tail']; ms: { scan: number; replay: number } };
  return { openMs, firstMs, correct, tail, tailMs: ms.scan + ms.replay, logs, recovery };
}

async function measureAll(settings: Settings, directory: string, load: Load): Promise<Run[]> {
  const runs: Run[] = [];
  for (let run = 0; run < settings.runs; run++) {
    const logs = await crash(settings, directory, run, load);
    const dropped = settings.dropCaches && dropCaches();
    runs.push({ ...(await measure(settings, directory, run, logs)), dropped });
    settings.say(`${load.name}, run ${run + 1}: first value after ${runs.at(-1)!.firstMs.toFixed(1)} ms`);
  }
  return runs;
}

/** So that runs can be compared whose tails differ: they are as long as chance has it at the kill. */
const comparedTailBytes = 10e6;

function firstAtComparedTail(runs: readonly Run[]): string {
  const ms = onLine(runs.map((run) => run.tail.bytes), runs.map((run) => run.firstMs), comparedTailBytes);
  return ms === undefined ? 'one run' : `${ms.toFixed(1)} ms`;
}

function cells(runs: readonly Run[]): string[] {
  const all = (of: (run: Run) => number, digits = 1) => withSpread(runs.map(of), digits);
  return [
    `${all((run) => run.firstMs)} ms`,
    `${all((run) => run.tailMs)} ms`,
    `${all((run) => run.firstMs - run.tailMs)} ms`,
    firstAtComparedTail(runs),
    `${all((run) => run.tail.bytes / 1e6)} MB`,
    all((run) => run.tail.records, 0),
    `${all((run) => Math.max(...run.logs.map((log) => log.tailBytes)) / 1e6)} MB`,
    megabytes(runs[0]!.logs[0]!.tailLimit),
    all((run) => run.logs.at(-1)!.tailWaits, 0),
  ];
}

const names = [
  'open() to the first correct value',
  'of it, reading and replaying the tail',
  'beyond the tail',
  `to the first value at a tail of ${megabytes(comparedTailBytes)}, by a straight line through the runs`,
  'tail that was replayed',
  'records in it',
  'longest tail while writing',
  'its cap',
  'writes that waited for the cap',
];

const rowsOf = (columns: readonly string[][]): string[][] => columns[0]!.map((_, row) => columns.map((column) => column[row]!));

export async function openFigure(settings: Settings): Promise<Figure> {
  const { keys, lanes, trafficSeconds } = settings;
  const steady: Load = { name: `${lanes} lanes of puts and gets`, lanes, putShare: 0.5, batchSize: 1, seconds: trafficSeconds };
  const flood: Load = { name: 'a flood of batches', lanes: 8, putShare: 1, batchSize: 1000, seconds: Math.min(trafficSeconds, 5) };
  const loads = [steady, flood];
  const runs = await withLoaded(settings, async (directory) => {
    const measured: Run[][] = [];
    for (const load of loads) measured.push(await measureAll(settings, directory, load));
    return measured;
  });
  const all = runs.flat();
  return {
    title: `First correct answer after SIGKILL: ${keys} keys of 200 B`,
    notes: [
      machine(),
      `The store (${megabytes(dataBytes(settings))} of keys and values) is killed after ${steady.seconds} s of ${lanes} lanes of durable puts and gets, half and half, over all keys alike; and after ${flood.seconds} s of batches of ${flood.batchSize} puts, ${flood.lanes} at a time.`,
      `Page cache ${all.every((run) => run.dropped) ? 'dropped' : 'NOT dropped (not asked for, or not root)'}; the store's reads are O_DIRECT, so that this only makes the program and the names of the files cold.`,
      `A fresh process takes the time from just before open() to the return of a getSync() of a key chosen by chance, and compares every byte of the value; ${all.filter((run) => run.correct).length} of ${all.length} were correct.`,
      `The tail was looked at every 100 ms while writing. Medians of ${settings.runs} runs, least to greatest in brackets.`,
    ],
    table: rowsOf([['', ...names], ...loads.map(({ name }, at) => [name, ...cells(runs[at]!)])]),
    data: { figure: 'open', loads, runs },
  };
}
