// Runs the workloads on the stores: each run of each in a process of its own, one store after the other within a run, so
// that what changes with time changes for all.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../common/children.js';
import { keyBytes } from '../common/dataset.js';
import { allocatedBytes, fastTierBytes } from '../common/disk.js';
import { dropCaches } from '../common/machine.js';
import { useMemory } from '../common/memory.js';
import type { Peer } from '../peers/index.js';
import type { Measured, Message, Task } from './tasks.js';
import { loadOf, type Workload } from './workloads.js';

export interface Large {
  /** What a store is given, and so many times as many bytes of data. */
  readonly cacheBytes: number;
  readonly times: number;
  /** A control group with a limit of memory, in which the runs go. */
  readonly memoryGroup: string | undefined;
}

export interface Settings {
  readonly directory: string;
  readonly runs: number;
  readonly keys: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly cacheBytes: number;
  /** Runs begin when a store has come back in full, where it can tell. */
  readonly behindRecovery?: boolean;
  /** Of the workload that is larger than memory. */
  readonly large: Large;
  readonly seed: number;
  /** Says what goes on. */
  readonly say: (text: string) => void;
}

export interface Run extends Measured {
  readonly run: number;
  /** Of a load: what the store takes on disk, and of it what a fast tier holds besides. */
  readonly diskBytes?: number;
  readonly fastTierBytes?: number;
}

/** All runs of one workload on one store; none where the store has no such call. */
export interface Outcome {
  readonly workload: Workload;
  readonly peer: string;
  readonly runs: Run[];
}

const writes = ({ kind }: Workload): boolean => kind === 'load' || kind === 'put' || kind === 'batch';

const newVersionsPerSecond = 512 * 2 ** 20;

/** Bytes that requests made beforehand, a store and the page cache may take: four times the data, and for new versions. */
const memoryOf = ({ keys, workload, warmUpSeconds, seconds }: Task): number =>
  4 * keys * (keyBytes + workload.valueBytes) + (warmUpSeconds + seconds) * newVersionsPerSecond;

const isLarge = (workload: Workload): boolean => workload.kind === 'mix' && workload.large;

const program = join(dirname(fileURLToPath(import.meta.url)), 'program.js');

async function measure(task: Task): Promise<Message> {
  const child = new Program<Message>(program, task);
  const message = await Promise.race([child.told('measured'), child.told('unsupported')]);
  await child.ended();
  return message;
}

/** Everything that a load needs to know. */
export type LoadTask = Pick<Task, 'peer' | 'directory' | 'keys' | 'cacheBytes' | 'fastDirectory' | 'seed'> & { readonly valueBytes: number };

/** Fills a store in a process of its own. */
export async function loadStore({ valueBytes, ...common }: LoadTask): Promise<Measured> {
  const message = await measure({ ...common, workload: loadOf(valueBytes), warmUpSeconds: 0, seconds: 0 });
  if (message.kind === 'unsupported') throw new Error(`${common.peer} cannot be loaded`);
  return message;
}

/** Measures what it is asked for, and keeps a loaded store of each peer and length of values for it. */
export class Comparison {
  readonly #settings: Settings;
  readonly #loaded = new Set<string>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async compare(peers: readonly Peer[], workloads: readonly Workload[]): Promise<Outcome[]> {
    const compared = peers.filter(({ onlyRecovers }) => !onlyRecovers);
    const groups = workloads.map((workload) => {
      const able = compared.filter(({ does }) => does === undefined || does.test(workload.name));
      return { workload, able, outcomes: able.map(({ name }): Outcome => ({ workload, peer: name, runs: [] })) };
    });
    try {
      for (let run = 0; run < this.#settings.runs; run++) {
        for (const { able, outcomes } of groups) {
          for (const at of rotated(able.length, run)) await this.#measureInto(outcomes[at]!, able[at]!, run);
        }
      }
    } finally {
      rmSync(this.#settings.directory, { recursive: true, force: true });
    }
    return groups.flatMap(({ outcomes }) => outcomes);
  }

  async #measureInto({ workload, peer, runs }: Outcome, { volatile }: Peer, run: number): Promise<void> {
    const directory = this.#directoryOf(peer, workload);
    if (workload.kind === 'load') this.#forget(directory);
    else if (volatile) mkdirSync(directory, { recursive: true });
    else await this.#loadOnce(peer, workload, run);
    if (isLarge(workload)) dropCaches();
    else if (writes(workload)) useMemory(memoryOf(this.#task(peer, workload, run)));
    const message = await measure(this.#task(peer, workload, run));
    if (message.kind === 'unsupported') return;
    if (message.wrong > 0) throw new Error(`${peer}: ${message.wrong} wrong values in ${workload.name}`);
    if (workload.kind === 'load' && !volatile) {
      this.#loaded.add(directory);
      runs.push({ ...message, run, diskBytes: allocatedBytes(directory), fastTierBytes: fastTierBytes(directory) });
    } else {
      runs.push({ ...message, run });
    }
    const perSecond = Math.round(message.operations / message.seconds);
    this.#settings.say(`run ${run + 1}, ${workload.name}, ${peer}: ${perSecond.toLocaleString('en')}/s`);
  }

  async #loadOnce(peer: string, workload: Workload, run: number): Promise<void> {
    const directory = this.#directoryOf(peer, workload);
    if (this.#loaded.has(directory)) return;
    this.#forget(directory);
    await measure({ ...this.#task(peer, workload, run), workload: loadOf(workload.valueBytes) });
    this.#loaded.add(directory);
    dropCaches();
  }

  #forget(directory: string): void {
    this.#loaded.delete(directory);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }

  #directoryOf(peer: string, workload: Workload): string {
    return join(this.#settings.directory, `${peer}-${workload.valueBytes}${isLarge(workload) ? '-large' : ''}`);
  }

  #task(peer: string, workload: Workload, run: number): Task {
    const { warmUpSeconds, seconds, behindRecovery, seed } = this.#settings;
    const directory = this.#directoryOf(peer, workload);
    return { peer, directory, workload, warmUpSeconds, seconds, behindRecovery, seed: seed + run, ...this.#sizeOf(workload) };
  }

  #sizeOf(workload: Workload): Pick<Task, 'keys' | 'cacheBytes' | 'memoryGroup'> {
    const { keys, cacheBytes, large } = this.#settings;
    const { valueBytes } = workload;
    if (isLarge(workload)) {
      const largeKeys = Math.ceil((large.cacheBytes * large.times) / (keyBytes + valueBytes));
      return { keys: largeKeys, cacheBytes: large.cacheBytes, memoryGroup: large.memoryGroup };
    }
    // As many bytes for every length of values, so that all loads take about as long.
    return { keys: Math.max(1000, Math.round(valueBytes <= 100 ? keys : (keys * 100) / valueBytes)), cacheBytes };
  }
}

/** The numbers below `count`, another one first in each run. */
const rotated = (count: number, run: number): number[] => Array.from({ length: count }, (_, at) => (at + run) % count);
