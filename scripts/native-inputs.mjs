// Answers both native builds (CMake and gyp) what they must agree on: node scripts/native-inputs.mjs QUESTION
//   sources      the C++ files of the addon, relative to the project
//   engine-sources, binding-sources   a part of them
//   xxhash       the folder that holds xxhash.h (nothing if the compiler's own search path has it)
//   node-addon-api   the folder that holds napi.h
//   io-uring     the static liburing, if its headers and it are found; nothing otherwise
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { modulesDir, sourcesFile } from './lib/paths.mjs';

function sources(part = '') {
  return readFileSync(sourcesFile, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '' && line.startsWith(part))
    .map((line) => `native/${line}`);
}

function compiler(args, input) {
  return spawnSync(process.env.CXX || 'c++', args, { input, encoding: 'utf8' });
}

function compilerFinds(header) {
  return compiler(['-E', '-x', 'c++', '-'], `#include <${header}>\n`).status === 0;
}

function xxhash() {
  const bundled = join(modulesDir, 'xxhash-addon/xxHash');
  if (existsSync(join(bundled, 'xxhash.h'))) return [bundled];
  if (compilerFinds('xxhash.h')) return [];
  throw new Error('xxhash.h is missing: run "npm ci", or install the package libxxhash-dev');
}

/** A dynamic liburing would be one more thing to install where the addon runs, so only the static one counts. */
function ioUring() {
  if (!compilerFinds('liburing.h')) return [];
  const library = compiler(['-print-file-name=liburing.a']).stdout.trim();
  return isAbsolute(library) ? [library] : [];
}

const answers = {
  sources: () => sources(),
  'engine-sources': () => sources('engine/'),
  'binding-sources': () => sources('binding/'),
  xxhash,
  'node-addon-api': () => [join(modulesDir, 'node-addon-api')],
  'io-uring': ioUring,
};

const answer = answers[process.argv[2]];
if (!answer) throw new Error(`Ask one of: ${Object.keys(answers).join(', ')}`);
process.stdout.write(answer().join('\n'));
