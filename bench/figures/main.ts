// npm run figures -- COMMAND ...: makes the figures of the README.
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
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

const { values, positionals } = parseArgs({
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

const settingsFor = (keys: number, fastShare: number): Settings => ({
  directory: values.dir,
  keys,
  runs: Number(values.runs),
  reuse: values.reuse,
  trafficSeconds: Number(values.traffic),
  seconds: Number(values.seconds),
  putShare: Number(values.puts),
  lanes: Number(values.lanes),
  memoryLimit: Number(values.memory),
  fastShare,
  segmentBytes: Number(values.segment),
  io: values.io as Settings['io'],
  seed: Number(values.seed),
  dropCaches: !values['keep-caches'],
  say: (text) => process.stderr.write(`${text}\n`),
});

const standardKeys: Record<string, string> = { open: '1000000,5000000' };
const [command = ''] = positionals;
const names = command === 'all' ? Object.keys(figures) : [command];

if (values.help || names.some((name) => !Object.hasOwn(figures, name))) {
  process.stdout.write(help);
  process.exitCode = values.help ? 0 : 2;
} else {
  const made: object[] = [];
  for (const name of names) {
    const shares = values.fast.split(',').slice(0, name === 'restore' ? undefined : 1);
    const keys = (values.keys ?? standardKeys[name] ?? '5000000').split(',');
    for (const settings of keys.flatMap((count) => shares.map((share) => settingsFor(Number(count), Number(share))))) {
      const figure = await figures[name]!(settings);
      process.stdout.write(`${markdown(figure)}\n`);
      made.push({ ...figure, settings });
      if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(made, undefined, 1)}\n`);
    }
  }
}
