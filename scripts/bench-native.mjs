// npm run bench:native -- [options]: builds the native benchmark program of the addon's own objects, and runs it.
import { spawn } from 'node:child_process';
import { buildConstants, buildTypeScript } from './build.mjs';
import { buildBench } from './lib/native.mjs';
import { nativeBenchFile } from './lib/paths.mjs';
import { exitWith, stage } from './lib/stage.mjs';
import { setup } from './setup.mjs';

function runBenchmarks() {
  const benchmarks = spawn(process.execPath, [nativeBenchFile, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // the terminal interrupts the benchmarks too
  benchmarks.on('close', (code) => process.exit(code ?? 1));
}

try {
  await setup();
  await buildConstants();
  await stage('native benchmarks', async () => void (await buildBench()));
  await buildTypeScript();
  runBenchmarks();
} catch (error) {
  exitWith(error);
}
