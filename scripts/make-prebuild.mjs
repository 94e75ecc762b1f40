// npm run prebuild:make [-- --arch arm64]: builds the addon and puts it where the published package looks for it,
// prebuilds/foreshard-PLATFORM-ARCH/. Refuses a binary that asks for a newer C library than promised.
import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildAddon } from './lib/native.mjs';
import { packageFile, programs, root } from './lib/paths.mjs';
import { mustRunNode } from './lib/process.mjs';
import { exitWith, stage } from './lib/stage.mjs';

/** The newest C library that a published binary may ask for; docs/build.md promises it. */
const glibcCeiling = [2, 34];

function isNewer([major, minor], [otherMajor, otherMinor]) {
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}

/** The versions are names of symbols, so the file's bytes are enough to find them. */
function checkGlibc(addon) {
  const names = readFileSync(addon, 'latin1').match(/GLIBC_\d+\.\d+/g) ?? [];
  const versions = names.map((name) => name.slice('GLIBC_'.length).split('.').map(Number));
  const tooNew = versions.find((version) => isNewer(version, glibcCeiling));
  if (tooNew) throw new Error(`The addon needs glibc ${tooNew.join('.')}; at most ${glibcCeiling.join('.')} is promised.`);
}

export async function makePrebuild(arch = process.arch) {
  const { name, binary } = JSON.parse(readFileSync(packageFile, 'utf8'));
  const addon = await buildAddon(arch);
  if (process.platform === 'linux') checkGlibc(addon);
  const names = ['--name', name, '--napi_version', String(binary.napi_versions[0]), '--arch', arch];
  const files = ['--baseDir', relative(root, dirname(addon)), '--source', `${name}.node`];
  await mustRunNode(programs.pkgPrebuildsCopy, [...files, ...names, '--strip']);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { arch: { type: 'string' } } });
  await stage('prebuilt addon', () => makePrebuild(values.arch)).catch(exitWith);
}
