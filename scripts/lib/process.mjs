// Runs programs: their output is kept, and shown when it matters.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './paths.mjs';

/** Runs a program to its end. Its output goes to the terminal if `show`, and otherwise into the result. */
export function run(command, args, { cwd = root, env = {}, show = false } = {}) {
  return new Promise((resolve) => {
    const output = [];
    const stdio = show ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.on('close', (code, signal) => {
      const end = signal ? `\n${command} was ended by ${signal}` : '';
      resolve({ code: code ?? 128, output: Buffer.concat(output).toString() + end });
    });
  });
}

/** Like `run`, but a program that fails is an error that carries its output. */
export async function mustRun(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} failed (${code})\n${output.trim()}`);
  return output;
}

/** Runs a JavaScript program with the running Node. */
export const mustRunNode = (program, args = [], options = {}) => mustRun(process.execPath, [program, ...args], options);

/** Whether a short program succeeds. */
export function succeeds(command, args, input) {
  return spawnSync(command, args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

/** Whether a program of this name is on the search path. */
export function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
