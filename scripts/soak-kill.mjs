// npm run soak:kill -- [--rounds N] [--seed N] [--io ring|pool] [--dir DIR]: kills a process under load again and again,
// and compares the store with what had been acknowledged. Needs the compiled tests (npm run build).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killRounds } from '../dist/test/support/kill-rounds.js';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    io: { type: 'string', default: 'ring' },
    dir: { type: 'string' },
  },
});

if (values.help) {
  process.stdout.write(`Usage: npm run soak:kill -- [options]

Kills a process under load again and again, and compares the store with what had been acknowledged.

  --rounds N  (default 200)
  --seed N    of the load and of the moments (default: by the clock; printed)
  --io IO     ring or pool (default ring)
  --dir DIR   where the store goes, and stays (default: a temporary directory)

Example: npm run soak:kill -- --rounds 30 --io pool
`);
  process.exit(0);
}
const directory = values.dir ?? mkdtempSync(join(tmpdir(), 'foreshard-soak-'));
const say = (text) => process.stdout.write(`${text}\n`);
const options = { directory, io: values.io, rounds: Number(values.rounds), seed: Number(values.seed), say };
say(`seed ${values.seed}, io ${values.io}, ${directory}`);
const { rounds, acknowledged, lost } = await killRounds(options);
for (const problem of lost) say(problem);
say(`${rounds} rounds, ${acknowledged} acknowledged, ${lost.length} lost`);
if (lost.length > 0) process.exitCode = 1;
else if (values.dir === undefined) rmSync(directory, { recursive: true });
