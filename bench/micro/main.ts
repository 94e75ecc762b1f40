// npm run bench:micro -- [options]: the crossing between JavaScript and C++, and the JavaScript side.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { machine } from '../common/machine.js';
import { numberIn } from '../common/options.js';
import { runProgram, say, temporaryFolder, writeResult } from '../common/run.js';
import { mitataVersion } from './measure.js';
import { micro } from './micro.js';
import { microHtml, microTables } from './report.js';

const help = `Usage: npm run bench:micro -- [options]

Times the calls between JavaScript and C++, and what JavaScript does before and behind them.

  --rounds N   over all cases (default 3)
  --seconds S  of each case in a round, and as long again for its percentiles (default 0.5)
  --dir DIR    where the stores go (default: the system's temporary directory)
  --json FILE  everything that was measured (default build/bench/micro.json)
  --html FILE  the same as a page with charts (default build/bench/micro.html)
`;

const parse = () =>
  parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '0.5' },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'string', default: 'build/bench/micro.json' },
      html: { type: 'string', default: 'build/bench/micro.html' },
      help: { type: 'boolean', default: false },
    },
  }).values;

const notes = [
  'Nanoseconds for each time that a thing is done; cases do it 100 to 1,000 times a call. Rates by the package benchmark, medians of rounds over all cases, least to greatest in brackets.',
  'Percentiles by mitata, over the means of single calls: one of 1,000 gets shows what garbage collection and background work do to all of them.',
];

async function measure(values: ReturnType<typeof parse>): Promise<void> {
  const settings = { rounds: numberIn(values, 'rounds', 'runs'), seconds: numberIn(values, 'seconds', 'seconds'), say };
  if (mitataVersion() === undefined) say('without percentiles: mitata is not installed');
  const timings = await micro({ ...settings, directory: temporaryFolder(values.dir) });
  writeResult(values.json, JSON.stringify({ options: values, machine: machine(), mitata: mitataVersion(), timings }));
  writeResult(values.html, microHtml(machine(), notes, timings));
  process.stdout.write(`${notes.join('\n')}\n\n${microTables(timings)}`);
}

await runProgram(async () => {
  const values = parse();
  if (values.help) process.stdout.write(help);
  else await measure(values);
});
