// npm run bench, bench:costs, bench:micro -- [options]: prepares Foreshard, what the benchmark compares it with or is made
// with, and runs it.
import { spawn } from 'node:child_process';
import { build } from './build.mjs';
import { benchmarkFile } from './lib/paths.mjs';
import { peerSteps, toolSteps } from './lib/peers.mjs';
import { exitWith, stage } from './lib/stage.mjs';
import { setup } from './setup.mjs';

const [benchmark, ...args] = process.argv.slice(2);
const steps = { compare: peerSteps, costs: [], micro: toolSteps }[benchmark];

function runBenchmark() {
  const child = spawn(process.execPath, [benchmarkFile(benchmark), ...args], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // the terminal interrupts the benchmark too, which cleans up and ends
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('close', (code) => process.exit(code ?? 1));
}

try {
  await setup();
  await build();
  const measures = !args.includes('--help') && !args.includes('--readme');
  if (measures) for (const { name, prepare } of steps) await stage(name, prepare);
  runBenchmark();
} catch (error) {
  exitWith(error);
}
