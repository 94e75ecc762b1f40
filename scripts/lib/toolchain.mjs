// What the build needs of the machine, and how to tell whether it is there.
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { modulesDir } from './paths.mjs';
import { onPath, succeeds } from './process.mjs';

const compiler = process.env.CXX || 'c++';
const cxx20Probe = '#include <concepts>\n#include <coroutine>\n#include <span>\nint main() {}\n';

const compiles = (source) => succeeds(compiler, ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], source);
const hasHeader = (header) => compiles(`#include <${header}>\n`);

export const hasNinja = () => onPath('ninja');
export const hasDoctest = () => hasHeader('doctest/doctest.h');

/** Needed: `without` says what is lost when it is missing; a tool without such a sentence is a must. */
export const tools = [
  { what: 'a C++20 compiler', package: 'g++', found: () => compiles(cxx20Probe) },
  { what: 'cmake', package: 'cmake', found: () => onPath('cmake') },
  { what: 'make or ninja', package: 'make', found: () => onPath('make') || hasNinja() },
  {
    what: 'liburing',
    package: 'liburing-dev',
    found: () => hasHeader('liburing.h'),
    without: 'the addon is built without io_uring and uses its thread pool',
  },
  {
    what: 'xxHash',
    package: 'libxxhash-dev',
    found: () => existsSync(join(modulesDir, 'xxhash-addon/xxHash/xxhash.h')) || hasHeader('xxhash.h'),
  },
];

/** Needed only by `npm test`. */
export const testTools = [
  {
    what: 'doctest',
    package: 'doctest-dev',
    found: hasDoctest,
    without: 'the native tests cannot be built',
  },
];
