// What Foreshard's own features cost: the same work with and without them, one run after the other, each in a process of its
// own; what overwriting costs the disk; what a key costs memory.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../common/children.js';
import { Comparison, type Outcome, type Settings as ComparisonSettings } from '../compare/compare.js';
import { workloads } from '../compare/workloads.js';
import { variants } from '../peers/index.js';
import type { MemoryHeld, Message, Overwrite, Overwritten, Task } from './tasks.js';

export const partNames = ['features', 'overwrite', 'memory'] as const;
export type Part = (typeof partNames)[number];

export interface Settings extends Omit<ComparisonSettings, 'large'> {
  readonly parts: ReadonlySet<Part>;
  /** How often a store is overwritten as a whole; the first time is the warm-up. */
  readonly passes: number;
  /** Numbers of keys whose memory is looked at. */
  readonly memoryKeys: readonly number[];
}

/** What is measured with and without each feature. */
const featureWorkloads = ['put-1000-100B', 'put-64-100B', 'ycsb-a', 'get-get'];
/** None of them is larger than memory. */
const noLarge = { cacheBytes: 0, times: 0, memoryGroup: undefined };
const features = new Set(['foreshard', 'no-checkpoints', 'no-partition', 'no-predictors', 'predicting', 'no-heat']);

export interface OverwriteCase extends Pick<Overwrite, 'peer' | 'drawn' | 'inFlight' | 'valueBytes'> {
  readonly title: string;
}

const overwriteCase = (title: string, more: Partial<OverwriteCase> = {}): OverwriteCase => ({
  title,
  peer: 'foreshard',
  drawn: 'uniform',
  inFlight: 1000,
  valueBytes: 100,
  ...more,
});

export const overwriteCases: readonly OverwriteCase[] = [
  overwriteCase('keys alike, 100 B: compaction runs'),
  overwriteCase('the same, compaction off', { peer: 'no-compaction' }),
  overwriteCase('new keys, 100 B: no garbage', { drawn: 'new' }),
  overwriteCase('keys by Zipf 0.99, 100 B', { drawn: 'zipf' }),
  overwriteCase('keys alike, 100 B, 64 in flight', { inFlight: 64 }),
  overwriteCase('keys alike, 1 KiB', { valueBytes: 1024 }),
  overwriteCase('keys by Zipf 0.99, 1 KiB', { valueBytes: 1024, drawn: 'zipf' }),
];

export interface OverwriteOutcome {
  readonly overwrite: OverwriteCase;
  readonly runs: Overwritten[];
}

/** Of a store that was just written, and of one that was opened. */
export interface MemoryOutcome {
  readonly loaded: MemoryHeld;
  readonly opened: MemoryHeld;
}

export interface Costs {
  readonly features: readonly Outcome[];
  readonly overwrites: readonly OverwriteOutcome[];
  readonly memory: readonly MemoryOutcome[];
}

const program = join(dirname(fileURLToPath(import.meta.url)), 'program.js');

async function measured<Kind extends Message['kind']>(task: Task, kind: Kind): Promise<Extract<Message, { kind: Kind }>> {
  const child = new Program<Message>(program, task);
  const message = await child.told(kind);
  await child.ended();
  return message;
}

/** A store of its own for the work. */
async function inFresh<Result>({ directory }: Settings, work: (directory: string) => Promise<Result>): Promise<Result> {
  const place = join(directory, 'store');
  mkdirSync(place, { recursive: true });
  try {
    return await work(place);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function overwrite(settings: Settings, { peer, drawn, inFlight, valueBytes }: OverwriteCase, run: number): Promise<Overwritten> {
  const { cacheBytes, passes, seed } = settings;
  // As many bytes for every length of values.
  const keys = Math.max(1000, Math.round((settings.keys * 100) / valueBytes));
  const asked = { peer, drawn, inFlight, valueBytes, keys, cacheBytes, passes, seed: seed + run };
  return inFresh(settings, (directory) =>
    measured({ ...asked, do: 'overwrite', directory }, 'overwritten'),
  );
}

async function overwriteAll(settings: Settings): Promise<OverwriteOutcome[]> {
  const outcomes = overwriteCases.map((one): OverwriteOutcome => ({ overwrite: one, runs: [] }));
  for (let run = 0; run < settings.runs; run++) {
    for (const outcome of outcomes) {
      const result = await overwrite(settings, outcome.overwrite, run);
      const { title } = outcome.overwrite;
      if (result.wrong > 0) throw new Error(`${result.wrong} wrong values behind overwriting, ${title}`);
      outcome.runs.push(result);
      settings.say(`run ${run + 1}, ${title}: ${Math.round(result.puts / result.seconds).toLocaleString('en')}/s`);
    }
  }
  return outcomes;
}

function memoryOf(settings: Settings, keys: number): Promise<MemoryOutcome> {
  const { cacheBytes, seed } = settings;
  const task = { do: 'memory', peer: 'foreshard', keys, valueBytes: 100, cacheBytes, seed } as const;
  return inFresh(settings, async (directory) => ({
    loaded: await measured({ ...task, directory, load: true }, 'held'),
    opened: await measured({ ...task, directory, load: false }, 'held'),
  }));
}

function compareFeatures(settings: Settings): Promise<Outcome[]> {
  const compared = variants.filter(({ name }) => features.has(name));
  const asked = featureWorkloads.map((name) => workloads.find((workload) => workload.name === name)!);
  return new Comparison({ ...settings, large: noLarge, behindRecovery: true }).compare(compared, asked);
}

export async function costs(settings: Settings): Promise<Costs> {
  const { parts } = settings;
  const memory: MemoryOutcome[] = [];
  if (parts.has('memory')) for (const keys of settings.memoryKeys) memory.push(await memoryOf(settings, keys));
  const overwrites = parts.has('overwrite') ? await overwriteAll(settings) : [];
  return { features: parts.has('features') ? await compareFeatures(settings) : [], overwrites, memory };
}
