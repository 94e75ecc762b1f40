// npm run bench -- [options]: prepares Foreshard and the stores that it is compared with, then compares them.
import { spawn } from 'node:child_process';
import { build } from './build.mjs';
import { comparisonFile } from './lib/paths.mjs';
import { peerSteps } from './lib/peers.mjs';
import { exitWith, stage } from './lib/stage.mjs';
import { setup } from './setup.mjs';

function runComparison() {
  const comparison = spawn(process.execPath, [comparisonFile, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // the terminal interrupts the comparison too, which cleans up and ends
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => comparison.kill(signal));
  comparison.on('close', (code) => process.exit(code ?? 1));
}

try {
  await setup();
  await build();
  if (!process.argv.includes('--help')) for (const { name, prepare } of peerSteps) await stage(name, prepare);
  runComparison();
} catch (error) {
  exitWith(error);
}
