// npm run bench:costs -- [options]: what Foreshard's own features cost.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { machine } from '../common/machine.js';
import { Misuse, numberIn, numberOf } from '../common/options.js';
import { runProgram, say, temporaryFolder, writeResult } from '../common/run.js';
import { costs, partNames, type Part } from './costs.js';
import { costsHtml, costTables } from './report.js';

const help = `Usage: npm run bench:costs -- [options]

Measures Foreshard with and without checkpoints and heat; what compaction costs while a store is overwritten, and how much
is written and kept on disk for it; and the memory that a key takes.

  --parts P,...        of features, overwrite, memory (default: all)
  --runs N             (default 3)
  --keys N             of 100-B values; of longer ones as many bytes (default 1000000)
  --passes N           how often a store is overwritten as a whole; the first time is the warm-up (default 5)
  --memory-keys N,...  numbers of keys whose memory is looked at (default 1000000,5000000)
  --seconds S          of each run with and without a feature, behind a warm-up (default 3)
  --warm-up S          (default 1)
  --cache B            memoryLimit (default 2 GiB)
  --dir DIR            where the stores go (default: the system's temporary directory)
  --seed N             (default 1)
  --json FILE          everything that was measured (default build/bench/costs.json)
  --html FILE          the same as a page with charts (default build/bench/costs.html)
`;

const parse = () =>
  parseArgs({
    options: {
      parts: { type: 'string', default: partNames.join(',') },
      runs: { type: 'string', default: '3' },
      keys: { type: 'string', default: '1000000' },
      passes: { type: 'string', default: '5' },
      'memory-keys': { type: 'string', default: '1000000,5000000' },
      seconds: { type: 'string', default: '3' },
      'warm-up': { type: 'string', default: '1' },
      cache: { type: 'string', default: String(2 * 2 ** 30) },
      dir: { type: 'string', default: tmpdir() },
      seed: { type: 'string', default: '1' },
      json: { type: 'string', default: 'build/bench/costs.json' },
      html: { type: 'string', default: 'build/bench/costs.html' },
      help: { type: 'boolean', default: false },
    },
  }).values;

function partsOf(text: string): Set<Part> {
  const parts = text.split(',');
  const unknown = parts.find((part) => !partNames.includes(part as Part));
  if (unknown !== undefined) throw new Misuse(`--parts: there is no "${unknown}"; there are ${partNames.join(', ')}`);
  return new Set(parts as Part[]);
}

async function measureCosts(values: ReturnType<typeof parse>): Promise<void> {
  const settings = {
    parts: partsOf(values.parts),
    runs: numberIn(values, 'runs', 'runs'),
    keys: numberIn(values, 'keys', 'count'),
    passes: numberOf('passes', values.passes, 2, 1000, true),
    memoryKeys: values['memory-keys'].split(',').map((keys) => numberOf('memory-keys', keys, 1, 1e9, true)),
    seconds: numberIn(values, 'seconds', 'seconds'),
    warmUpSeconds: numberIn(values, 'warm-up', 'seconds'),
    cacheBytes: numberIn(values, 'cache', 'bytes'),
    seed: numberIn(values, 'seed', 'seed'),
    say,
  };
  const results = await costs({ ...settings, directory: temporaryFolder(values.dir) });
  writeResult(values.json, JSON.stringify({ options: values, machine: machine(), ...results }));
  writeResult(values.html, costsHtml(machine(), results));
  process.stdout.write(costTables(results));
}

await runProgram(async () => {
  const values = parse();
  if (values.help) process.stdout.write(help);
  else await measureCosts(values);
});
