// npm run soak -- [--crashes N] [--seconds S] [--seed N] [--runs N]: stores on simulated machines, crashed again and again,
// every answer compared with a plain map. Ends with how many crashes it simulated and how many violations it found.
import { parseArgs } from 'node:util';
import { buildSoak } from './lib/native.mjs';
import { run } from './lib/process.mjs';
import { stage } from './lib/stage.mjs';

const { values } = parseArgs({
  options: {
    crashes: { type: 'string', default: '100000' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    runs: { type: 'string' },
  },
});
let program;
await stage('build the soak', async () => {
  program = await buildSoak();
});
const args = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
process.exitCode = (await run(program, args, { show: true })).code;
