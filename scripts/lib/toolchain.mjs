// What the build and the tests need of the machine, how to tell whether it is there, and which package brings it.
import { bundledXxhash, compiles, hasHeader } from './compiler.mjs';
import { onPath } from './process.mjs';

const cxx20Probe = '#include <concepts>\n#include <coroutine>\n#include <span>\nint main() {}\n';

export const hasNinja = () => onPath('ninja');
export const hasDoctest = () => hasHeader('doctest/doctest.h');

/** `without` says what is lost when a tool is missing; a tool without such a sentence is a must. */
export const tools = [
  { what: 'a C++20 compiler', package: 'g++', found: () => compiles(cxx20Probe) },
  { what: 'cmake', package: 'cmake', found: () => onPath('cmake') },
  { what: 'make or ninja', package: 'make', found: () => onPath('make') || hasNinja() },
  { what: 'xxHash', package: 'libxxhash-dev', found: () => bundledXxhash() !== undefined || hasHeader('xxhash.h') },
  {
    what: 'liburing',
    package: 'liburing-dev',
    found: () => hasHeader('liburing.h'),
    without: 'the addon is built without io_uring and uses its thread pool',
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
