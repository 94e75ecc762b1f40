// foreshard heat DIR
import { setTimeout as sleep } from 'node:timers/promises';
import { foreshardError, ForeshardError } from '../../errors/index.js';
import { everyMsRange, heatFrames, type HeatFrame, type HeatRequest } from '../../heat/index.js';
import { Misuse, numberGiven, textGiven, wordGiven, type Command, type OptionValues } from '../command.js';
import { writeHeatPage } from './page.js';
import { HeatRecord, momentOf, restingHeat, type Moment, type ShownHeat } from './record.js';
import { Screen } from './screen.js';
import { look } from '../look.js';

interface Asked extends Required<HeatRequest> {
  readonly watch: boolean;
  readonly html: string | undefined;
  /** Milliseconds. */
  readonly forMs: number | undefined;
}

function askedBy(values: OptionValues): Asked {
  const watch = values.watch === true;
  for (const name of ['every', 'for']) if (values[name] !== undefined && !watch) throw new Misuse(`--${name} needs --watch.`);
  const seconds = numberGiven(values, 'for', { min: 0, max: 2_000_000 });
  return {
    by: wordGiven(values, 'by', ['shard', 'page']) ?? 'shard',
    everyMs: Math.round(numberGiven(values, 'every', everyMsRange) ?? everyMsRange.default),
    watch,
    html: textGiven(values, 'html', 'the name of a file'),
    forMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

const say = (text: string) => process.stdout.write(`${text}\n`);

async function writePage(file: string | undefined, shown: ShownHeat | undefined, moments: readonly Moment[]): Promise<void> {
  if (file === undefined || shown === undefined) return;
  await writeHeatPage(file, shown, moments);
  say(`\n${file} was written.`);
}

// --- Of a store that a live process has open ---------------------------------------------------------------------------

/** Aborts when the user has seen enough, or what is written to has. */
async function untilStopped<Result>(forMs: number | undefined, use: (stop: AbortController) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  process.stdout.on('error', end);
  if (forMs !== undefined) void sleep(forMs, undefined, { signal: stop.signal }).then(end, end);
  try {
    return await use(stop);
  } finally {
    stop.abort();
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

/** Each frame, or the first. Answers whether there was one. */
async function showFrames(frames: AsyncIterable<HeatFrame>, { watch, html }: Asked, stop: AbortSignal): Promise<boolean> {
  const record = new HeatRecord();
  const screen = new Screen({ inPlace: watch });
  try {
    for await (const frame of frames) {
      screen.show(record.add(frame));
      if (!watch) break;
    }
  } finally {
    screen.end(record.shown);
  }
  if (watch && !stop.aborted && record.shown) say('\nThe store was closed, or its process has ended.');
  await writePage(html, record.shown, record.moments);
  return record.shown !== undefined;
}

/** Answers whether a process serves the heat of the store. */
function showLive(directory: string, asked: Asked): Promise<boolean> {
  return untilStopped(asked.forMs, async ({ signal }) => {
    const frames = await heatFrames(directory, asked, signal);
    return frames !== undefined && ((await showFrames(frames, asked, signal)) || signal.aborted);
  });
}

// --- Of a store at rest --------------------------------------------------------------------------------------------------

async function showResting(directory: string, { by, watch, html }: Asked): Promise<void> {
  const shown = await look(directory, async (store) => {
    await store.recovery.full;
    return restingHeat(store.directory, store.heat.map({ by }), await store.heat.hotKeyTexts());
  });
  new Screen({ inPlace: false }).show(shown);
  if (watch) say('\nNo process has the store open: there is nothing to watch.');
  await writePage(html, shown, [momentOf(shown.map, shown.window)]);
}

function withHint(error: unknown, directory: string): unknown {
  if (!(error instanceof ForeshardError) || error.code !== 'FORESHARD_LOCKED') return error;
  const hint = 'its heat is shown where its owner opens it with heatSocket: true';
  return foreshardError('locked', hint, { directory }, error);
}

/** Shows where the load of a store is. */
export const heat: Command = {
  name: 'heat',
  args: ['DIR'],
  about: 'show where the load is: of a live store that was opened with heatSocket: true, or of one at rest',
  options: {
    watch: { type: 'boolean', about: 'go on showing it until the store, or this, ends' },
    every: { type: 'string', value: 'MS', about: 'time between two pictures, 100 to 60000 ms; default 1000' },
    for: { type: 'string', value: 'S', about: 'end the watch after so many seconds' },
    by: { type: 'string', value: 'SLICE', about: 'shard or page: how finely it is mapped; default shard' },
    html: { type: 'string', value: 'FILE', about: 'write the heat over time as a page, too' },
  },
  examples: [
    'foreshard heat ./data --watch',
    'foreshard heat ./data --watch --for 60 --html heat.html',
    'foreshard heat ./data --by page',
  ],
  async run([directory], values) {
    const asked = askedBy(values);
    if (await showLive(directory!, asked)) return 0;
    try {
      await showResting(directory!, asked);
    } catch (error) {
      throw withHint(error, directory!);
    }
    return 0;
  },
};
