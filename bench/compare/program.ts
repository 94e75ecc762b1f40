// One run of one workload on one store. Its argument is a task as JSON; what it measured goes to its parent.
import { keyBytes, keyOf, spreadOut, Values } from '../common/dataset.js';
import { runLanes } from '../common/lanes.js';
import { taskOf, teller } from '../common/told.js';
import { isPromise, nextTurn } from '../common/turns.js';
import { peers, type Found, type PeerStore } from '../peers/index.js';
import { Keys, Records } from './drawn.js';
import { Meter } from './meter.js';
import type { Measured, Message, Task } from './tasks.js';
import type { GetWorkload, LoadWorkload, Mix, MixWorkload, PutWorkload } from './workloads.js';

const writesLookedAt = 1000; // behind a run of writes
const perLook = 16; // requests of a lane between two looks at the clock

const task = taskOf<Task>();
const tell = teller<Message>();
const values = new Values(task.workload.valueBytes);

/** Runs until the time is over, warm-up first; the workload asks after each request. */
class Clock {
  readonly #meter: Meter;
  #warm = false;
  #endMs = performance.now() + task.warmUpSeconds * 1000;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** Called where nothing is half done: at the end of the warm-up the counting begins anew. */
  over(): boolean {
    if (performance.now() < this.#endMs) return false;
    if (this.#warm) return true;
    this.#warm = true;
    this.#meter.restart();
    this.#endMs = performance.now() + task.seconds * 1000;
    return false;
  }
}

/** Is it a value of this key? */
function check(meter: Meter, index: number, value: Found): void {
  meter.checks.look(index, value);
  meter.operations++;
}

/** What was written must be there, in one of the versions that were written. */
async function checkWritten(store: PeerStore, meter: Meter, records: Records): Promise<void> {
  for (const { index, key } of records.sample(writesLookedAt)) {
    if (values.versionOf(index, await store.get(key)) < 1) meter.checks.wrong++;
  }
}

const loadPasses = 8; // of the device, which would be done too soon

async function loadBare(bulk: NonNullable<PeerStore['bulk']>, meter: Meter, { inFlight }: LoadWorkload): Promise<Measured> {
  meter.restart();
  const missing = await bulk(task.keys * (keyBytes + values.bytes) * loadPasses, inFlight);
  meter.operations = task.keys * loadPasses;
  const measured = meter.result();
  return { ...measured, wrong: missing() };
}

async function load(store: PeerStore, meter: Meter, workload: LoadWorkload): Promise<Measured> {
  if (store.bulk !== undefined) return loadBare(store.bulk, meter, workload);
  const { batch, inFlight } = workload;
  const records = Array.from({ length: task.keys }, (_, rank) => {
    const index = spreadOut(rank, task.keys);
    return { key: keyOf(index), value: values.of(index, 0) };
  });
  let next = 0;
  const lane = async () => {
    while (next < records.length) {
      const part = records.slice(next, next + batch);
      next += part.length;
      await store.batch(part);
      meter.operations += part.length;
    }
  };
  meter.restart(); // what it takes to make the records is not the store's
  await Promise.all(Array.from({ length: inFlight }, lane));
  const measured = meter.result();
  const step = Math.max(1, Math.floor(task.keys / writesLookedAt));
  for (let index = 0; index < task.keys; index += step) {
    if (values.versionOf(index, await store.get(keyOf(index))) !== 0) meter.checks.wrong++;
  }
  return { ...measured, wrong: meter.checks.wrong };
}

async function put(store: PeerStore, meter: Meter, { inFlight, sync }: PutWorkload): Promise<Measured> {
  const records = new Records(values, task.keys, false, task.seed);
  const clock = new Clock(meter);
  const write = (): Promise<unknown> | void => {
    const { key, value } = records.next();
    if (!sync) return store.put(key, value);
    store.putSync!(key, value);
  };
  const request = async () => {
    const sinceMs = meter.timesNext ? performance.now() : 0;
    await write();
    if (sinceMs > 0) meter.took(sinceMs);
    meter.operations++;
  };
  await runLanes({ lanes: inFlight, over: () => clock.over(), perLook, perTurn: Infinity, request });
  const measured = meter.result();
  await checkWritten(store, meter, records);
  return { ...measured, wrong: meter.checks.wrong };
}

async function getMany(store: PeerStore, keys: Keys, meter: Meter, clock: Clock, batch: number): Promise<void> {
  while (!clock.over()) {
    const requests = Array.from({ length: batch }, () => keys.next());
    const asked = requests.map((request) => keys.keyAt(request));
    const sinceMs = performance.now();
    const answer = store.getMany(asked);
    const found = isPromise(answer) ? await answer : answer;
    meter.took(sinceMs);
    requests.forEach((request, i) => check(meter, keys.indexAt(request), found[i]));
  }
}

async function get(store: PeerStore, meter: Meter, { call, batch }: GetWorkload): Promise<Measured> {
  const keys = new Keys(task.keys, true, task.seed);
  const clock = new Clock(meter);
  const ask = call === 'view' ? (key: string) => store.getView!(key) : (key: string) => store.get(key);
  if (call === 'many') await getMany(store, keys, meter, clock, batch);
  else await getEach(ask, keys, meter, clock);
  return meter.result();
}

async function getEach(ask: (key: string) => Found | Promise<Found>, keys: Keys, meter: Meter, clock: Clock): Promise<void> {
  while (!clock.over()) {
    for (let i = 0; i < 256; i++) {
      const request = keys.next();
      const sinceMs = meter.timesNext ? performance.now() : 0;
      const answer = ask(keys.keyAt(request));
      const value = isPromise(answer) ? await answer : answer;
      if (sinceMs > 0) meter.took(sinceMs);
      check(meter, keys.indexAt(request), value);
    }
  }
}

async function mixed(store: PeerStore, meter: Meter, { mix, inFlight }: MixWorkload): Promise<Measured> {
  const keys = new Keys(task.keys, true, task.seed);
  const records = new Records(values, task.keys, true, task.seed);
  const clock = new Clock(meter);
  const read = (): Promise<void> | void => {
    const request = keys.next();
    const answer = store.get(keys.keyAt(request));
    if (isPromise(answer)) return answer.then((value) => check(meter, keys.indexAt(request), value));
    return check(meter, keys.indexAt(request), answer);
  };
  const update = async () => {
    const { key, value } = records.next();
    await store.put(key, value);
    meter.operations++;
  };
  /** One request, though it reads and writes. */
  const modify = async () => {
    const { index, key, value } = records.next();
    meter.checks.look(index, await store.get(key));
    await store.put(key, value);
    meter.operations++;
  };
  const requests = { read, update, modify };
  await runLanes({ lanes: inFlight, over: () => clock.over(), perLook, request: () => requests[kindOf(mix)]() });
  const measured = meter.result();
  await checkWritten(store, meter, records);
  return { ...measured, wrong: meter.checks.wrong };
}

function kindOf({ read, update }: Mix): keyof Mix {
  const dice = Math.random();
  return dice < read ? 'read' : dice < read + update ? 'update' : 'modify';
}

const supported = (store: PeerStore): boolean => {
  const { workload } = task;
  if (workload.kind === 'put' && workload.sync) return store.putSync !== undefined;
  return !(workload.kind === 'get' && workload.call === 'view' && store.getView === undefined);
};

async function run(store: PeerStore): Promise<Message> {
  if (!supported(store)) return { kind: 'unsupported' };
  const { workload } = task;
  const meter = new Meter(values, store.serverPid);
  if (workload.kind === 'load') return load(store, meter, workload);
  if (workload.kind === 'put') return put(store, meter, workload);
  if (workload.kind === 'get') return get(store, meter, workload);
  return mixed(store, meter, workload);
}

async function fill(store: PeerStore): Promise<void> {
  for (let index = 0; index < task.keys; index++) void store.put(keyOf(index), values.of(index, 0));
  await nextTurn();
}

const peer = peers.find(({ name }) => name === task.peer)!;
const store = await peer.open(task.directory, task);
if (peer.volatile && peer.does === undefined && task.workload.kind !== 'load') await fill(store);
const message = await run(store);
await store.close();
await tell(message);
process.exit(0);
