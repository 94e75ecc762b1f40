// The workloads that read, and those that read and write.
import { isPromise } from '../common/turns.js';
import type { Found } from '../peers/index.js';
import { Keys, Records } from './drawn.js';
import type { Run } from './run.js';
import type { Measured } from './tasks.js';
import type { GetWorkload, Mix, MixWorkload } from './workloads.js';

const perLook = 256; // reads between two looks at the clock

async function getMany(run: Run, keys: Keys, batch: number): Promise<void> {
  for (const clock = run.clock(); !clock.over(); ) {
    const requests = Array.from({ length: batch }, () => keys.next());
    const asked = requests.map((request) => keys.keyAt(request));
    const sinceMs = performance.now();
    const answer = run.store.getMany(asked);
    const found = isPromise(answer) ? await answer : answer;
    run.meter.took(sinceMs);
    requests.forEach((request, i) => run.check(keys.indexAt(request), found[i]));
  }
}

async function getOneByOne(run: Run, keys: Keys, ask: (key: string) => Found | Promise<Found>): Promise<void> {
  const { meter } = run;
  for (const clock = run.clock(); !clock.over(); ) {
    for (let i = 0; i < perLook; i++) {
      const request = keys.next();
      const sinceMs = meter.timesNext ? performance.now() : 0;
      const answer = ask(keys.keyAt(request));
      const value = isPromise(answer) ? await answer : answer;
      if (sinceMs > 0) meter.took(sinceMs);
      run.check(keys.indexAt(request), value);
    }
  }
}

export async function get(run: Run, { call, batch }: GetWorkload): Promise<Measured> {
  const { task, store } = run;
  const keys = new Keys(task.keys, true, task.seed);
  const ask = call === 'view' ? (key: string) => store.getView!(key) : (key: string) => store.get(key);
  if (call === 'many') await getMany(run, keys, batch);
  else await getOneByOne(run, keys, ask);
  return run.meter.result();
}

function kindOf({ read, update }: Mix): keyof Mix {
  const dice = Math.random();
  return dice < read ? 'read' : dice < read + update ? 'update' : 'modify';
}

export async function mixed(run: Run, { mix, inFlight, large }: MixWorkload): Promise<Measured> {
  const { task, store, values, meter } = run;
  const keys = new Keys(task.keys, true, task.seed);
  const records = new Records(values, task.keys, true, task.seed);
  // What is in memory is best had at once; what may not be must not hold up the others.
  const ask = large && store.getLater ? (key: string) => store.getLater!(key) : (key: string) => store.get(key);
  const read = (): Promise<void> | void => {
    const request = keys.next();
    const answer = ask(keys.keyAt(request));
    if (isPromise(answer)) return answer.then((value) => run.check(keys.indexAt(request), value));
    return run.check(keys.indexAt(request), answer);
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
  await run.lanes(inFlight, () => {
    const sinceMs = meter.timesNext ? performance.now() : 0;
    const answer = requests[kindOf(mix)]();
    if (sinceMs === 0) return answer;
    if (isPromise(answer)) return answer.then(() => meter.took(sinceMs));
    return meter.took(sinceMs);
  });
  const measured = meter.result();
  return { ...measured, wrong: measured.wrong + (await run.checkWritten(records.sample(), 1)) };
}
