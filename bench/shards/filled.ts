// Stores of the benchmarks of shards: filled, opened, and known by where their keys lie.
import { open, type Store, type OpenOptions } from '../../src/index.js';
import { keyOf, Values } from '../common/dataset.js';
import { runLanes } from '../common/lanes.js';
import type { Task } from './tasks.js';

const batchRecords = 1000;
const loadLanes = 4;
const memoryPerKey = 600; // more than a key, its value, and new versions of it take
const memoryMin = 256 * 2 ** 20;

/** All keys in their first version, in slices as equal as the ring gives them. */
async function fill(store: Store, keys: number, values: Values): Promise<void> {
  let next = 0;
  const record = (index: number) => ({ type: 'put', key: keyOf(index), value: values.of(index, 0) }) as const;
  const request = () => {
    const first = next;
    next += batchRecords;
    return store.batch(Array.from({ length: Math.min(batchRecords, keys - first) }, (_, i) => record(first + i)));
  };
  await runLanes({ lanes: loadLanes, over: () => next >= keys, request });
}

/** The store of a task with all its keys, opened anew, so that it knows of no load but what its recovery remembers. */
export async function openFilled(task: Task, partition: OpenOptions['partition']): Promise<Store> {
  const { directory, keys, shards, valueBytes } = task;
  const memoryLimit = Math.max(memoryMin, memoryPerKey * keys);
  const store = await open(directory, { shards, partition: false, memoryLimit });
  await fill(store, keys, new Values(valueBytes));
  await store.close();
  const opened = await open(directory, { partition: partition!, memoryLimit });
  const alive = setInterval(() => {}, 1000); // waiting for a recovery alone does not keep the process
  await opened.recovery.full;
  clearInterval(alive);
  return opened;
}

/** Where each key lies, in units of the ring. */
export const positionsOf = (store: Store, keys: number): Int32Array =>
  Int32Array.from({ length: keys }, (_, index) => store.heat.source.native.positionOf(keyOf(index)));
