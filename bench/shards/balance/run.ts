// A Zipf load from cold, whose hot keys become others three times, in real time, on a store whose partitioning follows it.
import type { Store } from '../../../src/index.js';
import { keyOf, Values, zipfTheta } from '../../common/dataset.js';
import { Checks } from '../../common/reads.js';
import { nextTurn } from '../../common/turns.js';
import { openFilled, positionsOf } from '../filled.js';
import { RingLoad } from '../ring_load.js';
import type { Balanced, BalanceTask, ChangeSeen, Phase, ShardsMoment } from '../tasks.js';
import { equalStarts, imbalance } from '../replay/virtual.js';
import { keyOfRank, RankDraws, zipfShares } from '../zipf.js';

const readsPerTurn = 500;
export const intervalMs = 250;
const phaseNames = ['from cold', 'first jump', 'second jump', 'third jump'];

/** What differs from phase to phase: which key has which rank. */
const shiftOf = (phase: number, keys: number): number => Math.floor((phase * keys) / phaseNames.length);

class BalanceRun {
  #startedMs = 0;
  readonly #keys: readonly string[];
  readonly #shares: Float64Array;
  readonly #positions: Int32Array;
  readonly #loads: readonly RingLoad[];
  readonly #draws: RankDraws;
  readonly checks: Checks;
  readonly #changes: ChangeSeen[] = [];
  #moments: ShardsMoment[] = [];
  #load: RingLoad;
  #reads = 0;

  constructor(
    readonly store: Store,
    readonly task: BalanceTask,
  ) {
    const { keys, seed } = task;
    this.#keys = Array.from({ length: keys }, (_, index) => keyOf(index));
    this.#shares = zipfShares(keys, zipfTheta);
    this.#positions = positionsOf(store, keys);
    this.#loads = phaseNames.map((_, phase) => this.#loadOf(shiftOf(phase, keys)));
    this.#load = this.#loads[0]!;
    this.#draws = new RankDraws(this.#shares, seed);
    this.checks = new Checks(new Values(task.valueBytes));
    for (const type of ['split', 'merge'] as const)
      store.on(type, ({ pauseUs, movedBytes }) => {
        this.#changes.push({ type, ms: this.#now(), pauseUs, movedBytes });
        this.#look('change');
      });
  }

  #loadOf(shift: number): RingLoad {
    return new RingLoad(this.#shares, this.#positions, (rank) => keyOfRank(rank, this.task.keys, shift));
  }

  #now(): number {
    return performance.now() - this.#startedMs;
  }

  async phases(): Promise<Phase[]> {
    this.#startedMs = performance.now();
    const phases: Phase[] = [];
    for (const [phase, name] of phaseNames.entries()) {
      const [fromMs, readsBefore, changesBefore] = [this.#now(), this.#reads, this.#changes.length];
      await this.#play(phase, fromMs);
      const equalSlices = this.#load.imbalance(equalStarts(this.task.shards)).busiest;
      const changes = this.#changes.slice(changesBefore);
      const reads = this.#reads - readsBefore;
      phases.push({ name, fromMs, toMs: this.#now(), reads, equalSlices, changes, moments: this.#moments });
    }
    this.#countAgain(phases);
    return phases;
  }

  async #play(phase: number, fromMs: number): Promise<void> {
    const { keys, phaseMs } = this.task;
    const shift = shiftOf(phase, keys);
    this.#load = this.#loads[phase]!;
    this.#moments = [];
    this.#look('jump');
    for (let looks = 1; this.#now() - fromMs < phaseMs; ) {
      this.#readSome(keys, shift);
      await nextTurn();
      if (this.#now() - fromMs < Math.min(looks * intervalMs, phaseMs)) continue;
      this.#look('interval');
      looks++;
    }
  }

  #readSome(keys: number, shift: number): void {
    for (let i = 0; i < readsPerTurn; i++) {
      const index = keyOfRank(this.#draws.next(), keys, shift);
      this.checks.look(index, this.store.getSync(this.#keys[index]!));
    }
    this.#reads += readsPerTurn;
  }

  #look(why: ShardsMoment['why']): void {
    const starts = this.store.heat.source.shards().map(({ from }) => from);
    this.#moments.push({ ms: this.#now(), why, starts, reads: this.#reads, ...this.#load.imbalance(starts) });
  }

  /** Draws all keys once more and counts them by the shards that there were: at the time it would have been a load of its own. */
  #countAgain(phases: readonly Phase[]): void {
    const draws = new RankDraws(this.#shares, this.task.seed);
    const { keys } = this.task;
    let made = 0;
    for (const [phase, { moments }] of phases.entries())
      for (const moment of moments) {
        if (moment.why === 'change') continue; // its reads count in the interval
        const counts = new Map<number, number>();
        for (; made < moment.reads; made++) {
          const position = this.#positions[keyOfRank(draws.next(), keys, shiftOf(phase, keys))]!;
          counts.set(position, (counts.get(position) ?? 0) + 1);
        }
        if (moment.why === 'interval') moment.sampled = imbalance(counts, moment.starts).busiest;
      }
  }
}

export async function balance(task: BalanceTask): Promise<Balanced> {
  const { shards, maxShards } = task;
  const capacity = { share: 1 / shards, operations: 1e9 };
  const store = await openFilled(task, { capacity, hot: 1.02, near: 0.9, maxShards, changesPerMinute: 600 });
  const run = new BalanceRun(store, task);
  const phases = await run.phases();
  await store.close();
  return { kind: 'balanced', phases, wrong: run.checks.wrong };
}
