// A process in which Foreshard is overwritten, or holds its keys. Its one argument is a task as JSON; what it measured goes
// to its parent.
import { createHistogram } from 'node:perf_hooks';
import { keyBytes, keyOf, Values, zipfTheta } from '../common/dataset.js';
import { allocatedBytes, fastTierBytes, writtenBytes } from '../common/disk.js';
import { runLanes } from '../common/lanes.js';
import { Draws } from '../common/reads.js';
import { latencyShares } from '../common/statistics.js';
import { taskOf, teller } from '../common/told.js';
import { findPeer, type PeerStore } from '../peers/index.js';
import type { Held, Memory, MemoryHeld, Message, Overwrite, Overwritten, Task } from './tasks.js';

const batchRecords = 1000;
const loadLanes = 4;
const drawnMax = 1 << 22;
const timedOneIn = 16;
const looked = 1000; // keys that are read behind the writes

const task = taskOf<Task>();
const tell = teller<Message>();
const values = new Values(task.valueBytes);
const recordBytes = keyBytes + task.valueBytes;
const open = (): Promise<PeerStore> => findPeer(task.peer).open(task.directory, task);

async function load(store: PeerStore): Promise<void> {
  let next = 0;
  const request = () => {
    const first = next;
    next += batchRecords;
    const record = (_: unknown, i: number) =>
      ({ type: 'put', key: keyOf(first + i), value: values.of(first + i, 0) }) as const;
    return store.batch(Array.from({ length: Math.min(batchRecords, task.keys - first) }, record));
  };
  await runLanes({ lanes: loadLanes, over: () => next >= task.keys, request });
}

/** What the store and the process have done so far. */
interface Done {
  readonly relocatedBytes: number;
  readonly imageBytes: number;
  readonly compactedSegments: number;
  readonly writtenBytes: number;
}

function doneBy(store: PeerStore): Done {
  const work = store.stats!()['work'] as Omit<Done, 'writtenBytes'> & { readonly fastBytes: number };
  const { relocatedBytes, compactedSegments } = work;
  return { relocatedBytes, compactedSegments, imageBytes: work.imageBytes + work.fastBytes, writtenBytes: writtenBytes() };
}

const since = (before: Done, after: Done): Done => ({
  relocatedBytes: after.relocatedBytes - before.relocatedBytes,
  imageBytes: after.imageBytes - before.imageBytes,
  compactedSegments: after.compactedSegments - before.compactedSegments,
  writtenBytes: after.writtenBytes - before.writtenBytes,
});

/** Writes passes of puts, and knows the last version of each key. */
class Overwriting {
  latencies = createHistogram();
  readonly #store: PeerStore;
  readonly #drawn: Draws | undefined;
  readonly #versions: Uint32Array;
  #puts = 0;

  constructor(store: PeerStore, { keys, drawn, passes, seed }: Overwrite) {
    this.#store = store;
    const theta = drawn === 'zipf' ? zipfTheta : 0;
    this.#drawn = drawn === 'new' ? undefined : new Draws(Math.min(keys * passes, drawnMax), keys, theta, seed);
    this.#versions = new Uint32Array(drawn === 'new' ? keys * (passes + 1) : keys);
  }

  async pass(puts: number, lanes: number): Promise<void> {
    const end = this.#puts + puts;
    await runLanes({ lanes, over: () => this.#puts >= end, perTurn: Infinity, request: () => this.#put() });
  }

  async #put(): Promise<void> {
    const version = ++this.#puts;
    const index = this.#drawn?.nextIndex() ?? task.keys + version - 1;
    const sinceMs = version % timedOneIn === 0 ? performance.now() : 0;
    this.#versions[index] = version;
    await this.#store.put(keyOf(index), values.of(index, version));
    if (sinceMs > 0) this.latencies.record(Math.max(1, Math.round((performance.now() - sinceMs) * 1e6)));
  }

  /** How many of some keys do not have their last version. */
  async wrong(): Promise<number> {
    let wrong = 0;
    const step = Math.max(1, Math.floor(this.#versions.length / looked));
    for (let index = 0; index < this.#versions.length; index += step) {
      if (values.versionOf(index, await this.#store.get(keyOf(index))) !== this.#versions[index]) wrong++;
    }
    return wrong;
  }

  /** Keys and values in the store. */
  get liveBytes(): number {
    return this.#versions.length * recordBytes;
  }
}

/** All passes but the first: behind that, compaction has its steady work. */
async function steadily(store: PeerStore, overwriting: Overwriting, { keys, inFlight, passes, directory }: Overwrite) {
  overwriting.latencies = createHistogram();
  const [before, started] = [doneBy(store), performance.now()];
  const diskBytes: number[] = [];
  for (let pass = 1; pass < passes; pass++) {
    await overwriting.pass(keys, inFlight);
    diskBytes.push(allocatedBytes(directory) - fastTierBytes(directory));
  }
  const seconds = (performance.now() - started) / 1000;
  const percentile = (share: number) => [share, overwriting.latencies.percentile(share * 100) / 1000];
  const latencyUs = Object.fromEntries(latencyShares.map(percentile)) as Record<string, number>;
  return { seconds, latencyUs, diskBytes, ...since(before, doneBy(store)) };
}

async function overwrite(asked: Overwrite): Promise<Overwritten> {
  const { keys, inFlight, passes, directory } = asked;
  const store = await open();
  await load(store);
  const overwriting = new Overwriting(store, asked);
  await overwriting.pass(keys, inFlight);
  const measured = await steadily(store, overwriting, asked);
  const puts = keys * (passes - 1);
  const { liveBytes } = overwriting;
  const wrong = await overwriting.wrong();
  const sizes = { puts, userBytes: puts * recordBytes, liveBytes, fastTierBytes: fastTierBytes(directory) };
  await store.close();
  return { kind: 'overwritten', ...measured, ...sizes, wrong };
}

async function memory(asked: Memory): Promise<MemoryHeld> {
  const before = process.memoryUsage.rss();
  const store = await open();
  if (asked.load) await load(store);
  const alive = setInterval(() => {}, 1000); // waiting for a recovery alone does not keep the process
  await store.recovered!();
  clearInterval(alive);
  const { index, records, chunks } = store.stats!()['memory'] as Omit<Held, 'resident'>;
  const held = { index, records, chunks, resident: process.memoryUsage.rss() - before };
  await store.close();
  return { kind: 'held', keys: asked.keys, userBytes: asked.keys * recordBytes, held };
}

await tell(task.do === 'overwrite' ? await overwrite(task) : await memory(task));
process.exit(0);
