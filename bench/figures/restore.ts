// How soon a killed store serves at the rate of a warm one, against the time that it takes merely to read its bytes.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './children.js';
import { bareRead, dropCaches, machine, segmentFiles, type BareRead } from './machine.js';
import { megabytes, type Figure } from './report.js';
import { common, dataBytes, fastBudget, withLoaded, type Settings } from './settings.js';
import { binMs, timeToRate, warmRate, withSpread } from './statistics.js';

const shares = [0.9, 0.99] as const;

interface Reached {
  readonly share: number;
  /** Milliseconds from the call of open(); undefined: not in this run. */
  readonly firstMs: number | undefined;
  readonly staysMs: number | undefined;
}

interface Run {
  readonly openMs: number;
  readonly warmPerSecond: number;
  readonly firstSecond: number;
  readonly reached: readonly Reached[];
  readonly bare: BareRead;
  /** T: milliseconds for the bytes of all keys and values, at the bare rate. */
  readonly bareMs: number;
  readonly wrong: number;
  readonly cpusOfOthers: number;
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

/**
 * The same restore on a copy of the store, by a process of its own, which leaves behind as much free memory as the measured
 * one will need: a virtual machine may have given free memory back to its host, and then waits for each page of it.
 */
async function rehearse(settings: Settings, directory: string, run: number): Promise<void> {
  const copy = `${directory}-rehearsal`;
  spawnSync('cp', ['-r', '--sparse=always', directory, copy]);
  if (settings.dropCaches) dropCaches();
  const child = new Child({ ...common(settings, copy, run + 2000), do: 'restore', lanes: settings.lanes, seconds: rehearsalSeconds });
  await child.told('restored');
  await child.ended();
}

async function measure(settings: Settings, directory: string, run: number): Promise<Run> {
  const { lanes, seconds } = settings;
  const child = new Child({ ...common(settings, directory, run + 1000), do: 'restore', lanes, seconds });
  const { openMs, bins, ...rest } = await child.told('restored');
  await child.ended();
  const bare = bareRead(segmentFiles(directory)); // behind the run, so that it warms nothing for it
  const reached = shares.map((share) => ({
    share,
    firstMs: timeToRate(bins, share, false),
    staysMs: timeToRate(bins, share, true),
  }));
  const firstSecond = bins.slice(0, 1000 / binMs).reduce((sum, count) => sum + count, 0);
  const bareMs = (dataBytes(settings) / bare.bytesPerSecond) * 1000;
  return { openMs, warmPerSecond: (warmRate(bins) * 1000) / binMs, firstSecond, reached, bare, bareMs, bins, ...rest };
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

export async function restoreFigure(settings: Settings): Promise<Figure> {
  const { keys, lanes, putShare, trafficSeconds } = settings;
  let dropped = true;
  const runs = await withLoaded(settings, async (directory) => {
    const measured: Run[] = [];
    for (let run = 0; run < settings.runs; run++) {
      await crash(settings, directory, run);
      await rehearse(settings, directory, run);
      dropped = settings.dropCaches && dropCaches() && dropped;
      measured.push(await measure(settings, directory, run));
      rmSync(`${directory}-rehearsal`, { recursive: true });
      const { reached, bareMs } = measured.at(-1)!;
      const times = reached.map(({ share, firstMs, staysMs }) => `${share * 100} %: ${firstMs} ms, stays: ${staysMs} ms`);
      settings.say(`run ${run + 1}: T ${bareMs.toFixed(0)} ms; ${times.join('; ')}`);
    }
    return measured;
  });
  return {
    title: `Back to the warm rate: ${keys} keys of 200 B, Zipf 0.99, ${lanes} lanes, fastBudget ${settings.fastShare} x data`,
    notes: [
      machine(),
      `The store (${megabytes(dataBytes(settings))} of keys and values, memoryLimit ${megabytes(settings.memoryLimit)}, fastBudget ${megabytes(fastBudget(settings))}) had ${trafficSeconds} s of ${lanes} lanes of Zipf traffic (${putShare * 100} % durable puts, the rest gets), then SIGKILL.`,
      `Page cache ${dropped ? 'dropped' : 'NOT dropped (not asked for, or not root)'}; a fresh process opens the store and reads by get() on ${lanes} lanes. Times are from the call of open().`,
      `Rates are counted in bins of ${binMs} ms; the warm rate is the median of the second half of the same run; a rate is reached when the median of the next half second reaches it.`,
      `T: ${runs[0]!.bare.by}, over the segments of the same store, behind each run. Medians of ${settings.runs} runs, least to greatest in brackets.`,
      `CPUs that other processes kept busy meanwhile: ${withSpread(runs.map((run) => run.cpusOfOthers), 1)}.`,
      `Before each run another process restores a copy of the store for ${rehearsalSeconds} s: a virtual machine may have given free memory back to its host, and would wait for each page of it; what that process leaves is at hand.`,
      `Values that were not those of their keys: ${runs.reduce((sum, run) => sum + run.wrong, 0)}.`,
    ],
    table: rows(runs),
    data: { figure: 'restore', runs },
  };
}
