// Every path of the source tree that the scripts use.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const at = (path) => join(root, path);

export const packageFile = at('package.json');
export const compilerSettings = at('tsconfig.json');
export const lockFile = at('package-lock.json');
export const modulesDir = at('node_modules');
export const constantsFile = at('native/constants.json');
export const constantsHeader = at('native/engine/base/constants.gen.h');
export const constantsModule = at('src/errors/constants.gen.ts');
export const sourcesFile = at('native/sources.txt');
export const buildDir = at('build');
export const distDir = at('dist');
export const demoFile = at('dist/bench/demo/main.js');
export const comparisonFile = at('dist/bench/compare/main.js');
export const nativeBenchFile = at('dist/bench/native/main.js');

/** The command-line program of an installed package, to be run with node. */
export const programs = {
  ava: at('node_modules/ava/entrypoints/cli.mjs'),
  cmakeJs: at('node_modules/cmake-js/bin/cmake-js'),
  nodeGyp: at('node_modules/node-gyp/bin/node-gyp.js'),
  oxlint: at('node_modules/oxlint/bin/oxlint'),
  pkgPrebuildsCopy: at('node_modules/pkg-prebuilds/bin/copy.mjs'),
  tsc: at('node_modules/typescript/bin/tsc'),
};
