// npm run soak -- [--crashes N] [--seconds S] [--seed N] [--runs N]: stores on simulated machines, crashed again and again,
// every answer compared with a plain map. Ends with how many crashes it simulated and how many violations it found.
import { parseArgs } from 'node:util';
import { buildSoak } from './lib/native.mjs';
import { run } from './lib/process.mjs';
import { stage } from './lib/stage.mjs';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    crashes: { type: 'string', default: '100000' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    runs: { type: 'string' },
  },
});
if (values.help) {
  process.stdout.write(`Usage: npm run soak -- [options]

Stores on simulated machines, crashed again and again, every answer compared with a plain map.

  --crashes N  stop after so many (default 100000)
  --seconds S  stop after so long
  --runs N     stop after so many runs; a run is a function of its seed
  --seed N     of the first run (default: by the clock; printed)

Example: npm run soak -- --runs 1 --seed 4711   # one run again
`);
  process.exit(0);
}
let program;
await stage('build the soak', async () => {
  program = await buildSoak();
});
const args = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
process.exitCode = (await run(program, args, { show: true })).code;
