// What a figure is made with, and the loaded store that its runs share.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './children.js';
import { keyBytes, Values } from '../common/dataset.js';
import type { FigureOptions } from './tasks.js';

export interface Settings {
  readonly directory: string;
  readonly keys: number;
  readonly runs: number;
  /** Keep the loaded store, and take the one that an earlier call has kept. */
  readonly reuse: boolean;
  /** Seconds of traffic before the kill, and of reading after it. */
  readonly trafficSeconds: number;
  readonly seconds: number;
  readonly putShare: number;
  readonly lanes: number;
  readonly memoryLimit: number;
  /** Size of the fast-restore checkpoint as a share of the data. */
  readonly fastShare: number;
  readonly segmentBytes: number;
  readonly io: 'auto' | 'ring' | 'pool';
  readonly seed: number;
  /** Empty the page cache of the whole machine before each measured run. */
  readonly dropCaches: boolean;
  /** Says what goes on. */
  readonly say: (text: string) => void;
}

export const values = new Values(200);

/** Bytes of all keys and values. */
export const dataBytes = ({ keys }: Settings): number => keys * (keyBytes + values.bytes);

export const fastBudget = (settings: Settings): number => Math.round(settings.fastShare * dataBytes(settings));

export function storeOptions(settings: Settings): FigureOptions {
  const { memoryLimit, segmentBytes, io } = settings;
  return { memoryLimit, segmentBytes, io, tiers: { fastBudget: fastBudget(settings) } };
}

export const common = (settings: Settings, directory: string, run: number) => ({
  directory,
  options: storeOptions(settings),
  keys: settings.keys,
  seed: settings.seed + run,
});

/** A store that holds all keys, new or kept; lets go of it behind the work. */
export async function withLoaded<Result>(settings: Settings, work: (directory: string) => Promise<Result>): Promise<Result> {
  const place = join(settings.directory, `foreshard-figures-${settings.keys}`);
  const [directory, mark] = [join(place, 'store'), join(place, 'loaded.json')];
  const made = JSON.stringify({ keys: settings.keys, segmentBytes: settings.segmentBytes });
  const kept = settings.reuse && existsSync(mark) && readFileSync(mark, 'utf8') === made;
  if (!kept) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    const child = new Child({ ...common(settings, directory, 0), do: 'load' });
    const { seconds } = await child.told('done');
    await child.ended();
    settings.say(`loaded ${settings.keys} keys in ${seconds.toFixed(1)} s`);
    writeFileSync(mark, made);
  }
  try {
    return await work(directory);
  } finally {
    if (!settings.reuse) rmSync(place, { recursive: true, force: true });
  }
}
