// The native build trees, all of native/CMakeLists.txt: the addon with the plain tests, and the tests under sanitizers.
import { existsSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buildDir, programs, root } from './paths.mjs';
import { mustRun } from './process.mjs';
import { hasDoctest, hasNinja } from './toolchain.mjs';

/** `plain` is the tree that cmake-js makes: the tests there run the very objects that the addon is linked of. */
const variants = {
  plain: { dir: buildDir, byCmakeJs: true },
  arm64: { dir: join(buildDir, 'arm64'), byCmakeJs: true, toolchain: join(root, 'native/cmake/linux-arm64.cmake') },
  asan: { dir: join(buildDir, 'asan'), sanitize: 'address,undefined' },
  tsan: { dir: join(buildDir, 'tsan'), sanitize: 'thread' },
  soak: { dir: join(buildDir, 'soak'), optimise: '-O2 -g1' },
};

function definitionsOf({ sanitize, optimise, toolchain }) {
  const common = { NODE_EXECUTABLE: process.execPath, FORESHARD_WERROR: 'ON' };
  if (toolchain) return { ...common, CMAKE_TOOLCHAIN_FILE: toolchain };
  // Without NDEBUG: the assertions are what a soak is for.
  if (optimise) return { ...common, FORESHARD_SOAK: 'ON', CMAKE_BUILD_TYPE: 'Release', CMAKE_CXX_FLAGS_RELEASE: optimise };
  common.FORESHARD_TESTS = hasDoctest() ? 'ON' : 'OFF';
  // Linked of the addon's own objects: what is measured is what users have, and it costs no second build of the engine.
  if (!sanitize) return { ...common, FORESHARD_BENCH: 'ON' };
  return { ...common, FORESHARD_SANITIZE: sanitize, CMAKE_BUILD_TYPE: 'Debug', CMAKE_CXX_FLAGS_DEBUG: '-O1 -g1' };
}

function configureCommand({ dir, byCmakeJs }, definitions) {
  const pairs = Object.entries(definitions).map(([name, value]) => `${name}=${value}`);
  if (byCmakeJs) {
    return [process.execPath, [programs.cmakeJs, 'configure', '-l', 'warn', '-O', dir, ...pairs.map((pair) => `--CD${pair}`)]];
  }
  const generator = hasNinja() ? 'Ninja' : 'Unix Makefiles';
  return ['cmake', ['-S', root, '-B', dir, '-G', generator, ...pairs.map((pair) => `-D${pair}`)]];
}

/** Configures only when the tree is new or was configured with other settings; CMake itself sees changed inputs. */
async function configure(variant) {
  const [command, args] = configureCommand(variant, definitionsOf(variant));
  const cache = join(variant.dir, 'CMakeCache.txt');
  const stamp = join(variant.dir, 'configured.json');
  const settings = JSON.stringify([process.env.CXX ?? '', command, ...args]);
  if (existsSync(cache) && existsSync(stamp) && readFileSync(stamp, 'utf8') === settings) return;
  rmSync(cache, { force: true });
  mkdirSync(variant.dir, { recursive: true });
  await mustRun(command, args);
  writeFileSync(stamp, settings);
}

async function buildTarget(variant, target) {
  await configure(variant);
  await mustRun('cmake', ['--build', variant.dir, '--target', target, '--parallel', String(availableParallelism())]);
}

/** Builds the addon for an architecture and answers its file. */
export async function buildAddon(arch = process.arch) {
  const variant = arch === process.arch ? variants.plain : variants[arch];
  if (!variant) throw new Error(`There is no way to build for ${arch} on ${process.arch}.`);
  await buildTarget(variant, 'foreshard');
  return join(variant.dir, 'Release/foreshard.node');
}

export const testProgramOf = (name) => join(variants[name].dir, 'foreshard-tests');

export async function buildTests(name) {
  if (!hasDoctest()) throw new Error('The native tests need doctest: apt-get install doctest-dev');
  await buildTarget(variants[name], 'foreshard-tests');
}

/** Builds the program of the native benchmarks and answers its file. */
export async function buildBench() {
  await buildTarget(variants.plain, 'foreshard-bench');
  return join(variants.plain.dir, 'foreshard-bench');
}

/** Builds the soak program and answers its file. */
export async function buildSoak() {
  await buildTarget(variants.soak, 'foreshard-soak');
  return join(variants.soak.dir, 'foreshard-soak');
}
