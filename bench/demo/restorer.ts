// The process that comes back: opens a copy of the crashed store, serves reads from the first moment on and counts
// them, then checks all that was acknowledged.
//
// Arguments: folder of the workload, folder of the store, journal, what recovery may use, position in the accesses,
// how many milliseconds to go on when all has come back.
// Without arguments it only loads what it is made of.
import { open, type Entry, type Store } from '../../src/index.js';
import { readAcks, type Acks } from './acks.js';
import { runLanes } from './lanes.js';
import { childProcess, tell, tellAtLast, type Found, type RecoveryUse } from './messages.js';
import { Meter } from './milestones.js';
import { judge, verify } from './verify.js';
import { Workload } from './workload.js';

/** A recovery that takes longer has failed. */
const recoveryMaxMs = 120_000;
/** One answer in so many is kept, to be checked in full when the time is no longer measured. */
const checkEvery = 64;
const checkMax = 50_000;
const recoverySeed = 2;

interface Answers {
  absent: number;
  fullMs: number;
  readonly kept: { id: number; entry: Entry<Buffer> }[];
}

/** Serves reads until the store has come back in full and has been warm for a while. */
async function serve(
  store: Store,
  workload: Workload,
  position: number,
  warmMs: number,
  meter: Meter,
): Promise<Answers> {
  const accesses = workload.accesses(position, workload.shape.seed + recoverySeed);
  const answers: Answers = { absent: 0, kept: [], fullMs: 0 };
  let [until, asked] = [recoveryMaxMs, 0];
  const noteFull = async () => {
    await store.recovery.full;
    answers.fullMs = meter.elapsedMs;
    until = answers.fullMs + warmMs;
  };
  void noteFull();
  await runLanes(workload.shape.lanes, async () => {
    const id = accesses.next();
    const checked = ++asked % checkEvery === 0 && answers.kept.length < checkMax;
    const value = checked ? await store.getEntry(workload.key(id)) : await store.get(workload.key(id));
    if (value === undefined) answers.absent++;
    else meter.served();
    if (value !== undefined && checked) answers.kept.push({ id, entry: value as Entry<Buffer> });
    return meter.elapsedMs < until;
  });
  if (store.recovery.phase !== 'full')
    throw new Error(`recovery stands at ${store.recovery.phase} after ${recoveryMaxMs} ms`);
  return answers;
}

/** Nothing is written while it recovers, so each answer must be what a check of the recovered store accepts. */
function wrongAnswers({ absent, kept }: Answers, workload: Workload, acks: Acks): number {
  const bad = kept.filter(({ id, entry }) => {
    const ack = acks.newest(id);
    return ack !== undefined && ['lost', 'wrong'].includes(judge(workload, ack, entry));
  });
  return absent + bad.length;
}

type Figures = Record<string, Record<string, number>>;

function foundBy(store: Store): Found {
  const report = store.recovery.report();
  const { tail, fast, rest, ms } = report as unknown as Figures;
  const { io, direct } = store.stats() as { io: string; direct: boolean };
  return {
    index: String(report['index']),
    tailBytes: tail!['bytes']!,
    tailRecords: tail!['records']!,
    fastBytes: fast!['bytes']!,
    fastRecords: fast!['records']!,
    restBytes: rest!['bytes']!,
    hotMs: ms!['hot']!,
    fullMs: ms!['full']!,
    damage: (report['damage'] as unknown[]).length,
    io,
    direct,
  };
}

await childProcess(async () => {
  const [workloadDirectory, storeDirectory, journal, use, position, warmMs] = process.argv.slice(2);
  if (workloadDirectory === undefined) return;
  const workload = new Workload(workloadDirectory);
  const { memoryLimit, fastBudget } = workload.shape;
  tell({ type: 'restoring', step: 'serving' });
  const meter = new Meter();
  const store = await open(storeDirectory!, {
    createIfMissing: false,
    memoryLimit,
    tiers: { fastBudget },
    recovery: { use: use as RecoveryUse },
  });
  meter.opened();
  const answers = await serve(store, workload, Number(position), Number(warmMs), meter);
  const [bins, milestones, found] = [meter.bins, meter.milestones(answers.fullMs), foundBy(store)];
  tell({ type: 'restoring', step: 'verifying' });
  const acks = readAcks(journal!, workload.keys);
  const verdict = await verify(store, workload, acks);
  const wrong = wrongAnswers(answers, workload, acks);
  tell({ type: 'restoring', step: 'closing' });
  await store.close();
  const served = bins.reduce((sum, count) => sum + count, 0);
  await tellAtLast({
    type: 'measured',
    use: use as RecoveryUse,
    bins,
    milestones,
    served,
    verdict,
    wrongAnswers: wrong,
    checkedAnswers: answers.kept.length,
    found,
  });
});
