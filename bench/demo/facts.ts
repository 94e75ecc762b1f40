// What the demonstration says about itself, in sentences: the machine, the crash, how it was measured.
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Crash } from './crash.js';
import { count, megabytes, shownMs } from './figures.js';
import { binMs } from './milestones.js';
import { bytesIn, type Place } from './place.js';
import type { Attempt } from './restore.js';
import type { Shape } from './workload.js';

export function machineFacts(): string[] {
  const processors = cpus();
  const model = processors[0]?.model ?? process.arch;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const system = `${process.platform} ${release()}, Node.js ${process.version}`;
  const machine = `${processors.length} x ${model}, ${memory}, ${system}`;
  const load = loadavg()[0]!;
  const busy = `NOTE: the machine is busy (load ${load.toFixed(1)}), so the times will vary`;
  return load < processors.length ? [machine] : [machine, busy];
}

export function crashFacts({ loadMs, trafficMs, last }: Crash, place: Place): string[] {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    `loaded ${count(last.loaded)} keys in ${seconds(loadMs)}`,
    `${seconds(trafficMs)} of traffic: ${count(last.reads)} reads, ${count(last.writes)} durable writes`,
    `wrong answers: ${last.wrong}`,
    `killed by SIGKILL; it left ${megabytes(bytesIn(place.store))} on the disk`,
  ];
}

/** What was compared with the stores. */
export function journalFacts(attempts: readonly Attempt[]): string[] {
  const verdict = attempts.find(({ measured }) => measured)?.measured?.verdict;
  if (verdict === undefined) return [];
  return [
    `${count(verdict.acks)} acknowledged writes are in the journal, ${count(verdict.updates)} of them updates`,
    `of each of their ${count(verdict.keys)} keys the newest one is compared with each recovered store`,
  ];
}

function cacheFacts(attempts: readonly Attempt[]): string[] {
  const dropped = attempts.every(({ cacheDropped }) => cacheDropped);
  const cache = dropped
    ? 'page cache dropped before each recovery'
    : 'page cache NOT dropped (needs root on Linux, and no --keep-cache): what goes through it is warm';
  const found = attempts.find(({ measured }) => measured)?.measured?.found;
  if (found === undefined) return [cache];
  return [
    cache,
    `the store reads by ${found.io}, ${found.direct ? 'with O_DIRECT: past the page cache' : 'through the page cache'}`,
  ];
}

/** How the figures came about. */
export function measuringFacts(attempts: readonly Attempt[], place: Place, { lanes }: Shape, repeat: number): string[] {
  const { memoryFileSystem } = place;
  return [
    ...cacheFacts(attempts),
    ...(memoryFileSystem === undefined ? [] : [`NOT on a disk but on ${memoryFileSystem}: the times say little`]),
    `${lanes} reads under way from open() on, the next as soon as one is answered; only answers with a value count`,
    `a rate counts as reached at the end of the first 50 ms that have it (bins of ${binMs} ms)`,
    'the warm rate is the median over the end of the run, after everything was in memory',
    `charts have bins of ${shownMs} ms`,
    ...(repeat === 1
      ? ['each recovery once']
      : [`medians of ${repeat}; charts show the run with the median time to 90 %`]),
  ];
}
