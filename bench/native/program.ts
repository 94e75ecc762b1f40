// Runs the native benchmark program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measured } from './figures.js';

/** Where the build puts the program, seen from dist/bench/native. */
export const builtProgram = join(dirname(fileURLToPath(import.meta.url)), '../../../build/foreshard-bench');

/**
 * Runs the program and answers what it measured. `options`: as it takes them, without the dashes; it says itself what is
 * wrong with one. `showProgress`: what it says of each sample goes to the terminal.
 */
export async function runProgram(options: Readonly<Record<string, string>>, showProgress: boolean): Promise<Measured> {
  if (!existsSync(builtProgram)) throw new Error(`${builtProgram} is not built: npm run bench:native builds it`);
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const program = spawn(builtProgram, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, said]: [Buffer[], Buffer[]] = [[], []];
  program.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  program.stderr.on('data', (bytes: Buffer) => {
    said.push(bytes);
    if (showProgress && !bytes.includes('foreshard-bench:')) process.stderr.write(bytes); // that is the error below
  });
  const [code, signal] = (await once(program, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) {
    const last = Buffer.concat(said).toString().trim().split('\n').at(-1);
    throw new Error(last !== undefined && last !== '' ? last : `the program ended with ${signal ?? code}`);
  }
  return JSON.parse(Buffer.concat(out).toString()) as Measured;
}
