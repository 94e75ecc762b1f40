// A process that is killed under traffic, or that opens the store behind it and counts what it can serve. Its one
// argument is a task as JSON; what it tells goes to its parent.
import { once } from 'node:events';
import { keyOf, Values, zipfTheta } from '../common/dataset.js';
import { runLanes } from '../common/lanes.js';
import { serverCost } from '../common/machine.js';
import { Checks, Draws } from '../common/reads.js';
import { binMs } from '../common/statistics.js';
import { taskOf, teller } from '../common/told.js';
import { isPromise } from '../common/turns.js';
import { findPeer, type Found, type PeerStore } from '../peers/index.js';
import type { Message, Serve, Task, Traffic } from './tasks.js';

const drawnKeys = 1 << 22;
const lanes = 64;

const task = taskOf<Task>();
const tell = teller<Message>();
const values = new Values(task.valueBytes);
const draws = new Draws(drawnKeys, task.keys, zipfTheta, task.seed);

const open = (): Promise<PeerStore> => findPeer(task.peer).open(task.directory, task);

async function traffic({ putShare, seed }: Traffic): Promise<void> {
  const store = await open();
  let version = seed * 1_000_000;
  await tell({ kind: 'warm' });
  const request = () => {
    const index = draws.nextIndex();
    if (Math.random() < putShare) return store.put(keyOf(index), values.of(index, ++version >>> 0));
    return store.getLater?.(keyOf(index)) ?? store.get(keyOf(index));
  };
  await runLanes({ lanes, over: () => false, request });
}

async function serve({ seconds }: Serve): Promise<void> {
  const checks = new Checks(values);
  const bins = new Uint32Array(Math.ceil((seconds * 1000) / binMs));
  await tell({ kind: 'ready' });
  await once(process, 'message');
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const store = await open();
  const openMs = elapsed();
  const ask = store.getLater === undefined ? (key: string) => store.get(key) : (key: string) => store.getLater!(key);
  let [bin, firstMs] = [0, 0];
  const answered = (index: number, value: Found) => {
    checks.look(index, value);
    const ms = elapsed();
    firstMs ||= ms;
    bin = Math.floor(ms / binMs);
    bins[bin]!++;
  };
  const request = (): Promise<void> | void => {
    const index = draws.nextIndex();
    const answer = ask(keyOf(index));
    if (isPromise(answer)) return answer.then((value) => answered(index, value));
    return answered(index, answer);
  };
  await runLanes({ lanes, over: () => bin >= bins.length, request });
  const residentBytes = process.memoryUsage.rss() + serverCost(store.serverPid).residentBytes;
  await tell({ kind: 'served', openMs, firstMs, bins: Array.from(bins), wrong: checks.wrong, residentBytes });
  await store.close();
}

if (task.do === 'traffic') await traffic(task);
else await serve(task);
process.exit(0);
