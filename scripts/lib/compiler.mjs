// Questions to the C++ compiler and to the installed packages that ship headers.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { succeeds } from './process.mjs';

const compiler = process.env.CXX || 'c++';
const { resolve } = createRequire(import.meta.url);

/** Whether the compiler accepts this C++20 source. */
export const compiles = (source) => succeeds(compiler, ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], source);

export const hasHeader = (header) => compiles(`#include <${header}>\n`);

/** The static library of this file name that the compiler would link, if there is one. */
export function staticLibrary(name) {
  const { stdout = '' } = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' });
  return isAbsolute(stdout.trim()) ? stdout.trim() : undefined;
}

/** The folder `inside` of an installed npm package, if it holds `header`. */
export function packageHeaders(name, inside, header) {
  try {
    const folder = join(dirname(resolve(`${name}/package.json`)), inside);
    return existsSync(join(folder, header)) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** xxHash comes with a development dependency, so that it is there without a system package. */
export const bundledXxhash = () => packageHeaders('xxhash-addon', 'xxHash', 'xxhash.h');
