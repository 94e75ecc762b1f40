// How soon a killed store serves at the rate of a warm one, against the time that it takes merely to read its bytes.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './children.js';
import { bareRead, dropCaches, machine, segmentFiles, type BareRead } from '../common/machine.js';
import { giveMemoryBack, holdAllBut } from './memory_at_hand.js';
import { megabytes, type Figure } from './report.js';
import { common, dataBytes, fastBudget, withLoaded, type Settings } from './settings.js';
import { binMs, timeToRate, warmRate, withSpread } from '../common/statistics.js';

const shares = [0.9, 0.99] as const;

interface Reached {
  readonly share: number;
  /** Milliseconds from the call of open(); undefined: not in this run. */
  readonly firstMs: number | undefined;
  readonly staysMs: number | undefined;
}

interface Run {
  readonly dropped: boolean;
  readonly openMs: number;
  readonly warmPerSecond: number;
  readonly firstSecond: number;
  readonly reached: readonly Reached[];
  readonly bare: BareRead;
  /** T: milliseconds for the bytes of all keys and values, at the bare rate. */
  readonly bareMs: number;
  readonly wrong: number;
  readonly cpusOfOthers: number;
  readonly stolenSeconds: number;
  readonly bins: readonly number[];
  readonly recovery: unknown;
  readonly stats: unknown;
}

/** Traffic on the store, until it is killed in the middle of it. */
async function crash(settings: Settings, directory: string, run: number): Promise<void> {
  const { lanes, putShare } = settings;
  const child = new Child({ ...common(settings, directory, run), do: 'traffic', lanes, putShare, batchSize: 1, zipf: true });
  await child.told('warm');
  await sleep(settings.trafficSeconds * 1000);
  await child.kill();
}

const rehearsalSeconds = 2;
/** What a restore has to itself on a machine whose other memory is held. */
const roomBytes = 8 * 2 ** 30;
/** What is left free until the memory of the rehearsal is: for the system. */
const marginBytes = 1.2 * 2 ** 30;

const restorer = (settings: Settings, directory: string, seed: number, seconds: number) =>
  new Child({ ...common(settings, directory, seed), do: 'restore', lanes: settings.lanes, seconds });

/**
 * The same restore on a copy of the store, by a process of its own that keeps its memory until it is killed. Memory that it
 * leaves just before the measured run is at hand for it; for memory that the host has, the machine waits page by page.
 */
async function rehearse(settings: Settings, directory: string, run: number): Promise<Child> {
  const copy = `${directory}-rehearsal`;
  spawnSync('cp', ['-r', '--sparse=always', directory, copy]);
  const child = restorer(settings, copy, run + 2000, rehearsalSeconds);
  await child.told('ready');
  child.go();
  await child.told('restored');
  child.stop();
  return child;
}

/** One restore, from a cold page cache. */
async function measure(settings: Settings, directory: string, run: number): Promise<Run> {
  const rehearsal = await rehearse(settings, directory, run);
  const dropped = settings.dropCaches && dropCaches();
  const child = restorer(settings, directory, run + 1000, settings.seconds);
  await child.told('ready');
  const others = dropped ? await holdAllBut(marginBytes) : undefined;
  if (dropped) await giveMemoryBack();
  await Promise.all([rehearsal.kill(), others?.kill()]);
  child.go();
  const { openMs, bins, ...rest } = await child.told('restored');
  await child.kill();
  rmSync(`${directory}-rehearsal`, { recursive: true });
  const bare = bareRead(segmentFiles(directory)); // behind the run, so that it warms nothing for it
  const reached = shares.map((share) => ({
    share,
    firstMs: timeToRate(bins, share, false),
    staysMs: timeToRate(bins, share, true),
  }));
  const firstSecond = bins.slice(0, 1000 / binMs).reduce((sum, count) => sum + count, 0);
  const bareMs = (dataBytes(settings) / bare.bytesPerSecond) * 1000;
  return { dropped, openMs, warmPerSecond: (warmRate(bins) * 1000) / binMs, firstSecond, reached, bare, bareMs, bins, ...rest };
}

function rows(runs: readonly Run[]): string[][] {
  const all = (of: (run: Run) => number | undefined) => runs.map((run) => of(run) ?? Infinity);
  const times = shares.flatMap((share, at) =>
    (['firstMs', 'staysMs'] as const).map((which) => {
      const name = `${share * 100} % of the warm rate, ${which === 'firstMs' ? 'first' : 'and from then on'}`;
      const ms = (run: Run) => run.reached[at]![which];
      return [name, `${withSpread(all(ms))} ms`, `${withSpread(all((run) => (ms(run) ?? Infinity) / run.bareMs), 2)} T`];
    }),
  );
  return [
    ['', 'time or rate', 'in T'],
    ['T: the bytes of the data, read bare', `${withSpread(all((run) => run.bareMs))} ms`, '1'],
    ['open()', `${withSpread(all((run) => run.openMs), 1)} ms`, withSpread(all((run) => run.openMs / run.bareMs), 3)],
    ...times,
    ['reads in the first second', withSpread(all((run) => run.firstSecond)), ''],
    ['warm reads per second', withSpread(all((run) => run.warmPerSecond)), ''],
  ];
}

async function measureAll(settings: Settings, directory: string): Promise<Run[]> {
  const others = settings.dropCaches ? await holdAllBut(roomBytes) : undefined;
  const measured: Run[] = [];
  for (let run = 0; run < settings.runs; run++) {
    await crash(settings, directory, run);
    measured.push(await measure(settings, directory, run));
    const { reached, bareMs } = measured.at(-1)!;
    const times = reached.map(({ share, firstMs, staysMs }) => `${share * 100} %: ${firstMs} ms, stays: ${staysMs} ms`);
    settings.say(`run ${run + 1}: T ${bareMs.toFixed(0)} ms; ${times.join('; ')}`);
  }
  await others?.kill();
  return measured;
}

export async function restoreFigure(settings: Settings): Promise<Figure> {
  const { keys, lanes, putShare, trafficSeconds } = settings;
  const runs = await withLoaded(settings, (directory) => measureAll(settings, directory));
  return {
    title: `Back to the warm rate: ${keys} keys of 200 B, Zipf 0.99, ${lanes} lanes, fastBudget ${settings.fastShare} x data`,
    notes: [
      machine(),
      `The store (${megabytes(dataBytes(settings))} of keys and values, memoryLimit ${megabytes(settings.memoryLimit)}, fastBudget ${megabytes(fastBudget(settings))}) had ${trafficSeconds} s of ${lanes} lanes of Zipf traffic (${putShare * 100} % durable puts, the rest gets), then SIGKILL.`,
      `Page cache ${runs.every(({ dropped }) => dropped) ? 'dropped' : 'NOT dropped (not asked for, or not root)'}; a fresh process opens the store and reads by get() on ${lanes} lanes. Times are from the call of open().`,
      `Rates are counted in bins of ${binMs} ms; the warm rate is the median of the second half of the same run; a rate is reached when the median of the next half second reaches it.`,
      `T: ${runs[0]!.bare.by}, over the segments of the same store, behind each run, the median of three. Medians of ${settings.runs} runs, least to greatest in brackets.`,
      `CPUs that other processes kept busy meanwhile: ${withSpread(runs.map((run) => run.cpusOfOthers), 1)}.`,
      `The memory that is free at open() was in use until just before (another process restores a copy of the store first, others hold the rest): a virtual machine may give free memory back to its host and then wait for each page of it.`,
      `Seconds of the CPUs that the host of this machine took away in a run of ${settings.seconds} s: ${withSpread(runs.map((run) => run.stolenSeconds), 2)}.`,
      `Values that were not those of their keys: ${runs.reduce((sum, run) => sum + run.wrong, 0)}.`,
    ],
    table: rows(runs),
    data: { figure: 'restore', runs },
  };
}
