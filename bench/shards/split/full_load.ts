// A full load of puts and gets by Zipf's law, on many lanes; what they answer is checked, and what a window of time had is counted.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../src/index.js';
import { keyOf, Values, zipfTheta } from '../../common/dataset.js';
import { runLanes } from '../../common/lanes.js';
import { Checks } from '../../common/reads.js';
import type { LoadWindow, SplitTask } from '../tasks.js';
import { keyOfRank, RankDraws, zipfShares } from '../zipf.js';

const lanes = 256;
const perTurn = 16;
const timedOneIn = 4;
const readBack = 10_000;

export class FullLoad {
  readonly shares: Float64Array;
  readonly checks: Checks;
  readonly #draws: RankDraws;
  readonly #values: Values;
  /** Of each key: the version that was written last. */
  readonly #versions: Uint32Array;
  #latenciesMs: number[] = [];
  #made = 0;
  #answered = 0;
  #over = false;
  #running: Promise<void> | undefined;

  constructor(
    readonly store: Store,
    readonly task: SplitTask,
  ) {
    this.shares = zipfShares(task.keys, zipfTheta);
    this.#draws = new RankDraws(this.shares, task.seed);
    this.#values = new Values(task.valueBytes);
    this.#versions = new Uint32Array(task.keys);
    this.checks = new Checks(this.#values);
  }

  start(): void {
    this.#running = runLanes({ lanes, perTurn, over: () => this.#over, request: () => this.#request() });
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  /** Half of them puts, half gets. */
  async #request(): Promise<void> {
    const number = this.#made++;
    const index = keyOfRank(this.#draws.next(), this.task.keys, 0);
    const timed = (number >> 1) % timedOneIn === 0;
    const sinceMs = timed ? performance.now() : 0;
    if (number % 2 === 0) await this.store.put(keyOf(index), this.#values.of(index, ++this.#versions[index]!));
    else this.checks.look(index, await this.store.get(keyOf(index)));
    if (timed) this.#latenciesMs.push(performance.now() - sinceMs);
    this.#answered++;
  }

  /** What is answered from now on, for so long, and what is done meanwhile. */
  async window(what: LoadWindow['what'], work: () => Promise<void>): Promise<LoadWindow> {
    this.#latenciesMs = [];
    const [before, startedMs] = [this.#answered, performance.now()];
    await Promise.all([sleep(this.task.windowMs), work()]);
    const [requests, seconds] = [this.#answered - before, (performance.now() - startedMs) / 1000];
    const latencies = Float64Array.from(this.#latenciesMs).toSorted();
    return { what, requests, seconds, p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0 };
  }

  /** How many of some keys do not have their last version; behind the load. */
  async wrong(): Promise<number> {
    let { wrong } = this.checks;
    const step = Math.max(1, Math.floor(this.task.keys / readBack));
    for (let rank = 0; rank < this.task.keys; rank += step) {
      const index = keyOfRank(rank, this.task.keys, 0);
      if (this.#values.versionOf(index, await this.store.get(keyOf(index))) !== this.#versions[index]) wrong++;
    }
    return wrong;
  }
}
