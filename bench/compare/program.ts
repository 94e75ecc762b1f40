// One run of one workload on one store. Its argument is a task as JSON; what it measured goes to its parent.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, Values } from '../common/dataset.js';
import { taskOf, teller } from '../common/told.js';
import { nextTurn } from '../common/turns.js';
import { findPeer, type PeerStore } from '../peers/index.js';
import { Meter } from './meter.js';
import { get, mixed } from './reads.js';
import { Run } from './run.js';
import type { Message, Task } from './tasks.js';
import { load, putBatches, putEach } from './writes.js';

const task = taskOf<Task>();
const tell = teller<Message>();
const values = new Values(task.workload.valueBytes);

function supported(store: PeerStore): boolean {
  const { workload } = task;
  if (workload.kind === 'put' && workload.sync) return store.putSync !== undefined;
  if (workload.kind === 'batch' && workload.prepared) return store.prepare !== undefined;
  return !(workload.kind === 'get' && workload.call === 'view' && store.getView === undefined);
}

async function carryOut(store: PeerStore): Promise<Message> {
  if (!supported(store)) return { kind: 'unsupported' };
  const { workload } = task;
  const run = new Run(task, store, values, new Meter(values, store.serverPid));
  if (workload.kind === 'load') return load(run, workload);
  if (workload.kind === 'put') return putEach(run, workload);
  if (workload.kind === 'batch') return putBatches(run, workload);
  if (workload.kind === 'get') return get(run, workload);
  return mixed(run, workload);
}

async function fill(store: PeerStore): Promise<void> {
  for (let index = 0; index < task.keys; index++) void store.put(keyOf(index), values.of(index, 0));
  await nextTurn();
}

// A server that the store starts is in the group, too.
if (task.memoryGroup !== undefined) writeFileSync(join(task.memoryGroup, 'cgroup.procs'), String(process.pid));
const peer = findPeer(task.peer);
const store = await peer.open(task.directory, task);
if (peer.volatile && peer.does === undefined && task.workload.kind !== 'load') await fill(store);
if (task.behindRecovery) await store.recovered?.();
const message = await carryOut(store);
await store.close();
await tell(message);
process.exit(0);
