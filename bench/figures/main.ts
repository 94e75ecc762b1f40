// npm run figures -- COMMAND ...: makes the figures of the README.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { Misuse, numberIn, numberOf } from '../common/options.js';
import { runProgram, say, temporaryFolder, writeResult } from '../common/run.js';
import { memoryFigure } from './memory.js';
import { openFigure } from './open.js';
import { markdown, type Figure } from './report.js';
import { restoreFigure } from './restore.js';
import type { Settings } from './settings.js';

const figures: Record<string, (settings: Settings) => Promise<Figure>> = {
  open: openFigure,
  restore: restoreFigure,
  memory: memoryFigure,
};

const help = `Usage: npm run figures -- COMMAND [options]

  open      time to the first correct value after SIGKILL, and the cap on the log's tail
  restore   time to 90 % and 99 % of the warm rate after SIGKILL, in multiples of a bare read of the data
  memory    resident set of a store of twice its memoryLimit (which is half of the data, whatever --memory says)
  all       each of them

  --keys N,...   keys of 200 B; a figure for each number (default 5000000; of \`open\` also 1000000)
  --runs N       (default 3)
  --dir DIR      where the store goes (default: the system's temporary directory)
  --reuse        keep the loaded store in DIR, and use the one that is there
  --traffic S    seconds of traffic before the kill (default 30)
  --seconds S    seconds of reading after it (default 10)
  --puts SHARE   of the traffic before the kill (default 0.05)
  --lanes N      requests under way at once (default 64)
  --memory B     memoryLimit in bytes (default 4 GiB)
  --fast S,...   fastBudget as a share of the data; 'restore' makes a figure for each (default 1.5,0.3)
  --segment B    segmentBytes (default 32 MiB)
  --io IO        auto, ring or pool (default auto)
  --seed N       (default 1)
  --keep-caches  do not empty the page cache before a run
  --json FILE    write everything that was measured to FILE
`;

const parse = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      keys: { type: 'string' },
      runs: { type: 'string', default: '3' },
      dir: { type: 'string', default: tmpdir() },
      reuse: { type: 'boolean', default: false },
      traffic: { type: 'string', default: '30' },
      seconds: { type: 'string', default: '10' },
      puts: { type: 'string', default: '0.05' },
      lanes: { type: 'string', default: '64' },
      memory: { type: 'string', default: String(4 * 2 ** 30) },
      fast: { type: 'string', default: '1.5,0.3' },
      segment: { type: 'string', default: String(32 * 2 ** 20) },
      io: { type: 'string', default: 'auto' },
      seed: { type: 'string', default: '1' },
      'keep-caches': { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
type Values = ReturnType<typeof parse>['values'];

const ioChoices: readonly Settings['io'][] = ['auto', 'ring', 'pool'];

function ioOf(text: string): Settings['io'] {
  const io = ioChoices.find((one) => one === text);
  if (io === undefined) throw new Misuse(`--io must be one of ${ioChoices.join(', ')}, got "${text}".`);
  return io;
}

/** What all figures of a call have in common. */
const commonSettings = (values: Values): Omit<Settings, 'directory' | 'keys' | 'fastShare'> => ({
  runs: numberIn(values, 'runs', 'runs'),
  reuse: values.reuse,
  trafficSeconds: numberIn(values, 'traffic', 'seconds'),
  seconds: numberIn(values, 'seconds', 'seconds'),
  putShare: numberIn(values, 'puts', 'share'),
  lanes: numberIn(values, 'lanes', 'count'),
  memoryLimit: numberIn(values, 'memory', 'bytes'),
  segmentBytes: numberOf('segment', values.segment, 2 ** 20, 2 ** 26, true),
  io: ioOf(values.io),
  seed: numberIn(values, 'seed', 'seed'),
  dropCaches: !values['keep-caches'],
  say,
});

const standardKeys: Record<string, string> = { open: '1000000,5000000' };

/** A figure for each number of keys and, of `restore`, for each size of the checkpoint. */
function sizesFor(name: string, values: Values): Pick<Settings, 'keys' | 'fastShare'>[] {
  const shares = values.fast.split(',').map((share) => numberOf('fast', share, 0, 100));
  const keys = (values.keys ?? standardKeys[name] ?? '5000000').split(',').map((count) => numberOf('keys', count, 1, 1e9, true));
  const used = name === 'restore' ? shares : shares.slice(0, 1);
  return keys.flatMap((count) => used.map((fastShare) => ({ keys: count, fastShare })));
}

async function makeAll(names: readonly string[], values: Values): Promise<void> {
  const made: object[] = [];
  const common = commonSettings(values);
  const wanted = names.flatMap((name) => sizesFor(name, values).map((size) => ({ name, size })));
  const directory = values.reuse ? values.dir : temporaryFolder(values.dir);
  for (const { name, size } of wanted) {
    const settings = { ...common, ...size, directory };
    const figure = await figures[name]!(settings);
    process.stdout.write(`${markdown(figure)}\n`);
    made.push({ ...figure, settings });
    if (values.json !== undefined) writeResult(values.json, `${JSON.stringify(made, undefined, 1)}\n`);
  }
}

await runProgram(async () => {
  const { values, positionals } = parse();
  const [command = ''] = positionals;
  const names = command === 'all' ? Object.keys(figures) : [command];
  if (values.help) process.stdout.write(help);
  else if (names.every((name) => Object.hasOwn(figures, name))) await makeAll(names, values);
  else throw new Misuse(`"${command}" is none of ${Object.keys(figures).join(', ')}, all.`);
});
