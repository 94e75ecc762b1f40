// Builds everything that Node.js runs: the shared constants, the addon, and the TypeScript. Each step skips what is up to date.
import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateConstants } from './generate-constants.mjs';
import { filesBelow } from './lib/files.mjs';
import { buildAddon } from './lib/native.mjs';
import { distDir, programs, root } from './lib/paths.mjs';
import { mustRunNode } from './lib/process.mjs';
import { exitWith, stage } from './lib/stage.mjs';

/** What a removed or renamed source has left behind would still be imported, and its tests run. */
function removeOrphans() {
  for (const file of filesBelow(distDir)) {
    const source = join(root, relative(distDir, file).replace(/(\.d\.ts|\.js)$/, '.ts'));
    if (source.endsWith('.ts') && !existsSync(source)) rmSync(file);
  }
}

export const buildConstants = () => stage('constants', generateConstants);
export const buildNativeAddon = () => stage('addon', async () => void (await buildAddon()));
export const buildTypeScript = () =>
  stage('TypeScript', async () => {
    removeOrphans();
    await mustRunNode(programs.tsc, ['--project', root]);
  });

export async function build() {
  await buildConstants();
  await buildNativeAddon();
  await buildTypeScript();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build().catch(exitWith);
