// Checks the package as a user gets it: packs it, unpacks it elsewhere, and loads the prebuilt addon there, where there is
// no local build.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makePrebuild } from '../make-prebuild.mjs';
import { buildDir, packageFile } from './paths.mjs';
import { mustRun } from './process.mjs';

const userDir = join(buildDir, 'package');
const installedDir = join(userDir, 'node_modules/foreshard');

const loadAddon = `
const { name, binary } = require('${installedDir}/package.json');
const load = require('pkg-prebuilds');
const options = { name, napi_versions: binary.napi_versions };
if (!load.resolve('${installedDir}', options, false, true).includes('prebuilds')) throw new Error('not the prebuilt addon');
load('${installedDir}', options);`;

export async function checkPackage() {
  await makePrebuild();
  rmSync(userDir, { recursive: true, force: true });
  mkdirSync(installedDir, { recursive: true });
  const { name, version } = JSON.parse(readFileSync(packageFile, 'utf8'));
  const tarball = join(userDir, `${name}-${version}.tgz`);
  await mustRun('npm', ['pack', '--pack-destination', userDir]);
  await mustRun('tar', ['-xzf', tarball, '--strip-components=1', '-C', installedDir]);
  await mustRun(process.execPath, ['-e', loadAddon], { cwd: installedDir });
}
