// Answers both native builds (CMake and gyp) what they must agree on: node scripts/native-inputs.mjs QUESTION
//   sources      the C++ files of the addon, relative to the project
//   engine-sources, binding-sources   a part of them
//   xxhash       the folder that holds xxhash.h (nothing if the compiler's own search path has it)
//   node-addon-api   the folder that holds napi.h
//   io-uring     the static liburing, if its headers and it are found; nothing otherwise
import { readFileSync } from 'node:fs';
import { bundledXxhash, hasHeader, packageHeaders, staticLibrary } from './lib/compiler.mjs';
import { sourcesFile } from './lib/paths.mjs';

function sources(part) {
  return readFileSync(sourcesFile, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '' && line.startsWith(part))
    .map((line) => `native/${line}`);
}

function xxhash() {
  const folder = bundledXxhash();
  if (folder) return [folder];
  if (hasHeader('xxhash.h')) return [];
  throw new Error('xxhash.h is missing: run "npm ci", or install the package libxxhash-dev');
}

function nodeAddonApi() {
  const folder = packageHeaders('node-addon-api', '.', 'napi.h');
  if (!folder) throw new Error('napi.h is missing: run "npm ci", or "npm install node-addon-api"');
  return [folder];
}

/** A dynamic liburing would be one more thing to install where the addon runs, so only the static one counts. */
function ioUring() {
  const library = hasHeader('liburing.h') && staticLibrary('liburing.a');
  return library ? [library] : [];
}

const answers = {
  sources: () => sources(''),
  'engine-sources': () => sources('engine/'),
  'binding-sources': () => sources('binding/'),
  xxhash,
  'node-addon-api': nodeAddonApi,
  'io-uring': ioUring,
};

const answer = answers[process.argv[2]];
if (!answer) throw new Error(`Ask one of: ${Object.keys(answers).join(', ')}`);
process.stdout.write(answer().join('\n'));
