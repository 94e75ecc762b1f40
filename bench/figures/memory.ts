// What a process needs whose store holds twice as much as its memory limit.
import { Child } from './children.js';
import { machine } from '../common/machine.js';
import { megabytes, type Figure } from './report.js';
import { common, dataBytes, withLoaded, type Settings } from './settings.js';
import { withSpread } from '../common/statistics.js';
import type { Message } from './tasks.js';

type Run = Extract<Message, { kind: 'memory' }>;

/** Half of what the store holds. */
const halfOfData = (settings: Settings): Settings => ({ ...settings, memoryLimit: Math.round(dataBytes(settings) / 2) });

const allowed = (run: Run, limit: number): number => 1.25 * limit + run.indexMax;

function rows(runs: readonly Run[], limit: number): string[][] {
  const all = (of: (run: Run) => number) => `${withSpread(runs.map((run) => of(run) / 1e6), 1)} MB`;
  return [
    ['', 'median (least to greatest)'],
    ['memoryLimit', megabytes(limit)],
    ['resident set at most', all((run) => run.rssMax)],
    ['of it, Node.js before open()', all((run) => run.rssBefore)],
    ['the store at most (the difference)', all((run) => run.rssMax - run.rssBefore)],
    ['1.25 x memoryLimit + index', all((run) => allowed(run, limit))],
    ['the store, as a share of that', withSpread(runs.map((run) => (run.rssMax - run.rssBefore) / allowed(run, limit)), 2)],
    ['index at most', all((run) => run.indexMax)],
    ['memory for records at most', all((run) => run.recordsMax)],
    ['requests served', withSpread(runs.map((run) => run.served))],
  ];
}

export async function memoryFigure(given: Settings): Promise<Figure> {
  const settings = halfOfData(given);
  const { keys, lanes, seconds, memoryLimit } = settings;
  const runs = await withLoaded(settings, async (directory) => {
    const measured: Run[] = [];
    for (let run = 0; run < settings.runs; run++) {
      const child = new Child({ ...common(settings, directory, run), do: 'memory', lanes, seconds });
      measured.push(await child.told('memory'));
      await child.ended();
      settings.say(`run ${run + 1}: resident set ${megabytes(measured.at(-1)!.rssMax)}`);
    }
    return measured;
  });
  return {
    title: `A store of twice its memoryLimit: ${keys} keys of 200 B`,
    notes: [
      machine(),
      `${megabytes(dataBytes(settings))} of keys and values, memoryLimit half of it. ${lanes} lanes, ${seconds} s, Zipf 0.99: one durable put to three gets, from the call of open() on.`,
      `The resident set of the process (Node.js and its heap included) is looked at every 20 ms. Medians of ${settings.runs} runs, least to greatest in brackets.`,
      `Values that were not those of their keys: ${runs.reduce((sum, run) => sum + run.wrong, 0)}.`,
    ],
    table: rows(runs, memoryLimit),
    data: { figure: 'memory', runs },
  };
}
