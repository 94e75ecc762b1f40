// The workloads that write: loads, puts, batches.
import { keyBytes, keyOf, spreadOut } from '../common/dataset.js';
import type { PeerStore } from '../peers/index.js';
import { Records, someOf, type DrawnRecord } from './drawn.js';
import type { Run } from './run.js';
import type { Measured } from './tasks.js';
import type { BatchWorkload, LoadWorkload, PutWorkload } from './workloads.js';

const madeAtOnce = 1 << 22; // records: they are objects of the program's heap
const barePasses = 8; // over the data by the device, which would be done too soon

async function loadBare({ task, values, meter }: Run, bulk: NonNullable<PeerStore['bulk']>, inFlight: number): Promise<Measured> {
  meter.restart();
  const missing = await bulk(task.keys * (keyBytes + values.bytes) * barePasses, inFlight);
  meter.operations = task.keys * barePasses;
  const measured = meter.result();
  return { ...measured, wrong: missing() };
}

export async function load(run: Run, { batch, inFlight }: LoadWorkload): Promise<Measured> {
  const { task, store, meter } = run;
  if (store.bulk !== undefined) return loadBare(run, store.bulk, inFlight);
  const written: DrawnRecord[] = [];
  meter.restart();
  for (let from = 0; from < task.keys; from += madeAtOnce) {
    const records = meter.leaveOut(() => someKeys(run, from)); // what it takes to make the records is not the store's
    await writeAll(run, records, batch, inFlight);
    written.push(...someOf(records));
  }
  const measured = meter.result();
  return { ...measured, wrong: await run.checkWritten(written, 0) };
}

/** The records from this rank on, as many as are made at once. */
function someKeys({ task, values }: Run, from: number): DrawnRecord[] {
  return Array.from({ length: Math.min(madeAtOnce, task.keys - from) }, (_, at) => {
    const index = spreadOut(from + at, task.keys);
    return { type: 'put', index, key: keyOf(index), value: values.of(index, 0) };
  });
}

async function writeAll({ store, meter }: Run, records: readonly DrawnRecord[], batch: number, inFlight: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < records.length) {
      const part = records.slice(next, next + batch);
      next += part.length;
      await store.batch(part);
      meter.operations += part.length;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

export async function putEach(run: Run, { inFlight, sync }: PutWorkload): Promise<Measured> {
  const { task, store, values, meter } = run;
  const records = new Records(values, task.keys, false, task.seed);
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
  await run.lanes(inFlight, request, Infinity);
  const measured = meter.result();
  return { ...measured, wrong: await run.checkWritten(records.sample(), 1) };
}

export async function putBatches(run: Run, { batch, inFlight, prepared }: BatchWorkload): Promise<Measured> {
  const { task, store, values, meter } = run;
  const records = new Records(values, task.keys, false, task.seed);
  const writers = records.batches(batch).map((one) => (prepared ? store.prepare!(one) : () => store.batch(one)));
  let next = 0;
  const request = async () => {
    const sinceMs = performance.now();
    await writers[next++ % writers.length]!();
    meter.took(sinceMs);
    meter.operations += batch;
  };
  await run.lanes(inFlight, request, Infinity);
  const measured = meter.result();
  return { ...measured, wrong: await run.checkWritten(records.sample(Math.min(next, writers.length) * batch), 1) };
}
