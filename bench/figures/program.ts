// The process that is measured, or killed. Its one argument is a task as JSON; what it tells goes to its parent.
import { once } from 'node:events';
import { open, type Store } from '../../src/index.js';
import { keyOf, zipfTheta } from '../common/dataset.js';
import { runLanes } from '../common/lanes.js';
import { cpuSeconds } from '../common/machine.js';
import { Checks, Draws } from '../common/reads.js';
import { binMs } from '../common/statistics.js';
import { taskOf, teller } from '../common/told.js';
import { values } from './settings.js';
import type { First, Hold, Load, Log, Memory, Message, Restore, Task, Traffic } from './tasks.js';

const drawnKeys = 1 << 22;

const task = taskOf<Task>();
const tell = teller<Message>();

/** Asks for keys in their order in a list, and checks what comes. */
class Reads {
  readonly checks = new Checks(values);
  readonly #draws: Draws;

  constructor(draws: Draws) {
    this.#draws = draws;
  }

  draw(): number {
    return this.#draws.nextIndex();
  }

  async one(store: Store): Promise<void> {
    const index = this.draw();
    this.checks.look(index, await store.get(keyOf(index)));
  }
}

const zipf = (keys: number, seed: number): Draws => new Draws(drawnKeys, keys, zipfTheta, seed);
const uniform = (keys: number, seed: number): Draws => new Draws(drawnKeys, keys, 0, seed);

async function load({ directory, options, keys }: Load): Promise<void> {
  const started = performance.now();
  const store = await open(directory, options);
  const batchSize = 1000;
  let next = 0;
  const lane = async () => {
    while (next < keys) {
      const first = next;
      next += batchSize;
      const count = Math.min(batchSize, keys - first);
      await store.batch(
        Array.from({ length: count }, (_, i) => ({ type: 'put', key: keyOf(first + i), value: values.of(first + i, 0) }) as const),
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  await store.checkpoint();
  await store.close();
  await tell({ kind: 'done', seconds: (performance.now() - started) / 1000 });
}

async function traffic({ directory, options, keys, seed, lanes, putShare, batchSize, zipf: byZipf }: Traffic): Promise<void> {
  const reads = new Reads(byZipf ? zipf(keys, seed) : uniform(keys, seed));
  const store = await open(directory, options);
  const alive = setInterval(() => {}, 1000);
  await store.recovery.full;
  clearInterval(alive);
  let [served, version] = [0, seed * 1_000_000];
  const newValue = () => {
    const index = reads.draw();
    return { type: 'put', key: keyOf(index), value: values.of(index, ++version >>> 0) } as const;
  };
  const write = () => {
    const one = newValue();
    return batchSize === 1 ? store.put(one.key, one.value) : store.batch([one, ...Array.from({ length: batchSize - 1 }, newValue)]);
  };
  const request = async () => {
    if (Math.random() < putShare) await write();
    else await reads.one(store);
    served++;
  };
  setInterval(() => void tell({ kind: 'log', log: store.stats()['log'] as Log, served }), 100);
  await tell({ kind: 'warm' });
  await runLanes({ lanes, over: () => false, request });
}

async function restore({ directory, options, keys, seed, lanes, seconds }: Restore): Promise<void> {
  const reads = new Reads(zipf(keys, seed));
  const bins = new Uint32Array(Math.ceil((seconds * 1000) / binMs));
  await tell({ kind: 'ready' });
  await once(process, 'message');
  const [cpuBefore, ownBefore] = [cpuSeconds(), process.cpuUsage()];
  const started = performance.now();
  const store = await open(directory, options);
  const openMs = performance.now() - started;
  let bin = Math.floor(openMs / binMs);
  const request = async () => {
    await reads.one(store);
    bin = Math.floor((performance.now() - started) / binMs);
    bins[bin]!++;
  };
  await runLanes({ lanes, over: () => bin >= bins.length, request });
  const own = process.cpuUsage(ownBefore);
  const cpu = cpuSeconds();
  const cpusOfOthers = (cpu.busy - cpuBefore.busy - (own.user + own.system) / 1e6) / seconds;
  const stolenSeconds = cpu.stolen - cpuBefore.stolen;
  const [recovery, stats] = [store.recovery.report(), store.stats()];
  await tell({ kind: 'restored', openMs, bins: Array.from(bins), wrong: reads.checks.wrong, cpusOfOthers, stolenSeconds, recovery, stats });
  await once(process, 'disconnect');
}

async function firstRead({ directory, options, keys, seed }: First): Promise<void> {
  const index = uniform(keys, seed).nextIndex();
  const started = performance.now();
  const store = await open(directory, options);
  const openMs = performance.now() - started;
  const value = store.getSync(keyOf(index));
  const firstMs = performance.now() - started;
  await tell({ kind: 'first', openMs, firstMs, correct: values.versionOf(index, value) >= 0, recovery: store.recovery.report() });
}

async function memory({ directory, options, keys, seed, lanes, seconds }: Memory): Promise<void> {
  const reads = new Reads(zipf(keys, seed));
  const rssBefore = process.memoryUsage.rss();
  let [rssMax, indexMax, recordsMax, served, version] = [0, 0, 0, 0, 1];
  const store = await open(directory, options);
  const sample = () => {
    const { index, chunks } = store.stats()['memory'] as { index: number; chunks: number };
    rssMax = Math.max(rssMax, process.memoryUsage.rss());
    indexMax = Math.max(indexMax, index);
    recordsMax = Math.max(recordsMax, chunks);
  };
  const sampling = setInterval(sample, 20);
  const end = performance.now() + seconds * 1000;
  const request = async () => {
    if (++served % 4 === 0) {
      const index = reads.draw();
      await store.put(keyOf(index), values.of(index, ++version));
    } else {
      await reads.one(store);
    }
  };
  await runLanes({ lanes, over: () => performance.now() >= end, request });
  clearInterval(sampling);
  sample();
  await tell({ kind: 'memory', rssBefore, rssMax, indexMax, recordsMax, wrong: reads.checks.wrong, served, stats: store.stats() });
}

const heldPiece = 64 * 1024 * 1024;

async function hold({ bytes }: Hold): Promise<void> {
  const held: Buffer[] = [];
  while (held.length * heldPiece < bytes) held.push(Buffer.alloc(heldPiece, 1));
  await tell({ kind: 'ready' });
  await once(process, 'disconnect');
  held.length = 0; // not before, whatever the collector thinks of it
}

if (task.do === 'load') await load(task);
if (task.do === 'traffic') await traffic(task);
if (task.do === 'restore') await restore(task);
if (task.do === 'hold') await hold(task);
if (task.do === 'first') await firstRead(task);
if (task.do === 'memory') await memory(task);
process.exit(0);
