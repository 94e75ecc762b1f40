// npm run bench, bench:costs, bench:micro, bench:native, bench:predictors, bench:shards -- [options]: prepares Foreshard, what the
// benchmark compares it with or is made with, and runs it.
import { spawn } from 'node:child_process';
import { build, buildConstants, buildTypeScript } from './build.mjs';
import { buildBench } from './lib/native.mjs';
import { benchmarkFile } from './lib/paths.mjs';
import { peerSteps, toolSteps } from './lib/peers.mjs';
import { exitWith, stage } from './lib/stage.mjs';
import { setup } from './setup.mjs';

const [benchmark, ...args] = process.argv.slice(2);
const steps = { compare: peerSteps, costs: [], micro: toolSteps, native: [], predictors: [], shards: [] }[benchmark];

function runBenchmark() {
  const child = spawn(process.execPath, [benchmarkFile(benchmark), ...args], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // the terminal interrupts the benchmark too, which cleans up and ends
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('close', (code) => process.exit(code ?? 1));
}

/** The native program is linked of the addon's own objects, and needs no addon. */
async function buildNative() {
  await buildConstants();
  await stage('native benchmarks', async () => void (await buildBench()));
  await buildTypeScript();
}

try {
  await setup();
  await (benchmark === 'native' ? buildNative() : build());
  const measures = !args.includes('--help') && !args.includes('--readme');
  if (measures) for (const { name, prepare } of steps) await stage(name, prepare);
  runBenchmark();
} catch (error) {
  exitWith(error);
}
