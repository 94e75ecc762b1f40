// How soon each store serves again after SIGKILL under traffic: the same traffic, kill and reads for all, one store after
// the other within a run.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadStore } from '../compare/compare.js';
import { Program } from '../common/children.js';
import { dropCaches } from '../common/machine.js';
import { binMs, timeToRate, warmRate } from '../common/statistics.js';
import type { Peer } from '../peers/index.js';
import type { Message, Served, Task } from './tasks.js';

export interface RecoverySettings {
  readonly directory: string;
  readonly keys: number;
  readonly valueBytes: number;
  readonly runs: number;
  /** Seconds of traffic before the kill, and of reading behind it. */
  readonly trafficSeconds: number;
  readonly seconds: number;
  readonly putShare: number;
  readonly cacheBytes: number;
  /** With an empty page cache, or with what the killed process left in it. */
  readonly coldCache: boolean;
  /** For the copies that Foreshard recovers from; without it they are with the store. */
  readonly fastDirectory?: string | undefined;
  readonly seed: number;
  readonly say: (text: string) => void;
}

export interface RecoveryRun extends Served {
  readonly run: number;
  readonly warmPerSecond: number;
  readonly firstSecond: number;
  /** Milliseconds from the call of open() until so much of its own warm rate is reached; undefined: not in this run. */
  readonly ms90: number | undefined;
  readonly ms99: number | undefined;
}

export interface RecoveryOutcome {
  readonly peer: string;
  readonly runs: RecoveryRun[];
}

const program = join(dirname(fileURLToPath(import.meta.url)), 'program.js');

export class Recovery {
  readonly #settings: RecoverySettings;

  constructor(settings: RecoverySettings) {
    this.#settings = settings;
  }

  async compare(peers: readonly Peer[]): Promise<RecoveryOutcome[]> {
    const outcomes = peers.filter(({ volatile, does }) => !volatile && does === undefined).map(({ name }): RecoveryOutcome => ({ peer: name, runs: [] }));
    try {
      for (const { peer } of outcomes) await this.#load(peer);
      for (let run = 0; run < this.#settings.runs; run++) {
        const first = run % outcomes.length;
        for (const { peer, runs } of [...outcomes.slice(first), ...outcomes.slice(0, first)]) runs.push(await this.#measure(peer, run));
      }
    } finally {
      rmSync(this.#settings.directory, { recursive: true, force: true });
    }
    return outcomes;
  }

  async #load(peer: string): Promise<void> {
    const { keys, say } = this.#settings;
    mkdirSync(this.#directoryOf(peer), { recursive: true });
    const { seconds } = await loadStore(this.#task(peer, 0));
    say(`${peer}: loaded ${keys.toLocaleString('en')} keys in ${seconds.toFixed(1)} s`);
  }

  async #measure(peer: string, run: number): Promise<RecoveryRun> {
    const { seconds, coldCache, say } = this.#settings;
    await this.#crash(peer, run);
    if (coldCache && !dropCaches()) say('the page cache could not be emptied (it takes root): these figures are not cold');
    const child = new Program<Message>(program, { ...this.#task(peer, run + 1000), do: 'serve', seconds } satisfies Task);
    await child.told('ready');
    child.go();
    const served = await child.told('served');
    await child.ended();
    if (served.wrong > 0) throw new Error(`${peer}: ${served.wrong} wrong values behind the recovery`);
    const { bins, openMs, firstMs } = served;
    const [ms90, ms99] = [timeToRate(bins, 0.9, false), timeToRate(bins, 0.99, false)];
    const firstSecond = bins.slice(0, 1000 / binMs).reduce((sum, count) => sum + count, 0);
    say(`run ${run + 1}, ${peer}: open ${openMs.toFixed(0)} ms, first value ${firstMs.toFixed(0)} ms, 90 % ${ms90} ms`);
    return { ...served, run, warmPerSecond: (warmRate(bins) * 1000) / binMs, firstSecond, ms90, ms99 };
  }

  async #crash(peer: string, run: number): Promise<void> {
    const { putShare, trafficSeconds } = this.#settings;
    const child = new Program<Message>(program, { ...this.#task(peer, run), do: 'traffic', putShare } satisfies Task);
    await child.told('warm');
    await sleep(trafficSeconds * 1000);
    await child.kill();
  }

  #directoryOf(peer: string): string {
    return join(this.#settings.directory, peer);
  }

  #task(peer: string, run: number) {
    const { keys, valueBytes, cacheBytes, fastDirectory, seed } = this.#settings;
    return { peer, directory: this.#directoryOf(peer), keys, valueBytes, cacheBytes, fastDirectory, seed: seed + run };
  }
}
