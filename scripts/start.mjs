// npm start: prepares and builds what is missing, then runs the demonstration with the arguments given.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { build } from './build.mjs';
import { demoFile } from './lib/paths.mjs';
import { exitWith } from './lib/stage.mjs';
import { setup } from './setup.mjs';

function runDemo() {
  if (!existsSync(demoFile)) throw new Error('There is no demonstration to run: bench/demo/main.ts is missing.');
  const demo = spawn(process.execPath, [demoFile, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // the terminal interrupts the demonstration too, which cleans up and ends
  demo.on('exit', (code, signal) => process.exit(signal ? 1 : code));
}

try {
  await setup();
  await build();
  runDemo();
} catch (error) {
  exitWith(error);
}
