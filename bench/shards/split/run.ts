// Splits and merges under a full load of reads and writes: what the load notices of them, and how well shards are cut.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../src/index.js';
import { Moment, partitionPolicy } from '../../../src/partition/index.js';
import { Random } from '../../demo/random.js';
import { ShardSeen, type CutJudged } from './cuts.js';
import { openFilled, positionsOf } from '../filled.js';
import { FullLoad } from './full_load.js';
import { RingLoad } from '../ring_load.js';
import type { ChangeSeen, LoadWindow, SplitMeasured, SplitTask } from '../tasks.js';
import { keyOfRank } from '../zipf.js';

const policy = partitionPolicy();
/** A shard with fewer pages has no boundary between two to be cut at. */
const pagesMin = 2;

class SplitRun {
  readonly cuts: CutJudged[] = [];
  readonly changes: ChangeSeen[] = [];
  readonly #random: Random;
  readonly #ring: RingLoad;

  constructor(
    readonly store: Store,
    readonly load: FullLoad,
    { keys, seed }: SplitTask,
  ) {
    this.#random = new Random(seed + 1);
    this.#ring = new RingLoad(load.shares, positionsOf(store, keys), (rank) => keyOfRank(rank, keys, 0));
    const startedMs = performance.now();
    for (const type of ['split', 'merge'] as const)
      store.on(type, ({ pauseUs, movedBytes }) =>
        this.changes.push({ type, ms: performance.now() - startedMs, pauseUs, movedBytes }),
      );
  }

  async windows(rounds: number): Promise<LoadWindow[]> {
    const quiet = () => this.load.window('quiet', async () => {});
    const windows: LoadWindow[] = [];
    for (let round = 0; round < rounds; round++) {
      windows.push(await quiet());
      windows.push(await this.load.window('split', () => this.#splitAndMerge()));
      windows.push(await quiet());
      windows.push(await this.load.window('control', async () => void this.#choose()));
    }
    return [...windows, await quiet()];
  }

  /** The shard of a request, any one: busy shards are chosen more often. And what the heat tells of it at this moment. */
  #choose(): { id: number; seen: ShardSeen } {
    const { source } = this.store.heat;
    const moment = new Moment(source.snapshot(), source, policy);
    const cuttable = moment.load.shards.filter(({ firstPage, endPage }) => endPage - firstPage >= pagesMin);
    if (cuttable.length === 0) throw new Error('no shard has two pages: it takes more keys, or fewer shards');
    let left = this.#random.next() * cuttable.reduce((sum, { rate }) => sum + rate, 0);
    const chosen = cuttable.find(({ rate }) => (left -= rate) < 0) ?? cuttable[0]!;
    return { id: chosen.shard.id, seen: new ShardSeen(chosen, moment) };
  }

  #starts(): { id: number; from: number }[] {
    return this.store.heat.source.shards().map(({ id, from }) => ({ id, from }));
  }

  /** The partitioning chooses the place of the cut, within the call. Then two other neighbours become one, any two. */
  async #splitAndMerge(): Promise<void> {
    const { id, seen } = this.#choose();
    await this.store.shards.split(id);
    const cut = this.#starts().find(({ from }) => from > seen.from && from < seen.to)!.from;
    const others = this.#starts().slice(1).filter(({ from }) => from !== cut);
    const goes = others[Math.floor(this.#random.next() * others.length)];
    if (goes !== undefined) await this.store.shards.merge(goes.id);
    this.cuts.push(seen.judge(cut, this.#ring));
  }
}

export async function split(task: SplitTask): Promise<SplitMeasured> {
  const store = await openFilled(task, false);
  const load = new FullLoad(store, task);
  const run = new SplitRun(store, load, task);
  load.start();
  await sleep(task.warmUpMs);
  const windows = await run.windows(task.rounds);
  await load.stop();
  const [wrong, shardsAtEnd] = [await load.wrong(), store.shards.list().length];
  await store.close();
  return { kind: 'split', windows, changes: run.changes, cuts: run.cuts, shardsAtEnd, wrong };
}
