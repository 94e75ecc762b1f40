// Builds the addon with node-gyp from binding.gyp and loads it. node-gyp always builds into ./build of the folder that it
// runs in, where cmake-js has its tree; so it runs in a folder of links.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { buildDir, programs, root } from './paths.mjs';
import { mustRun, mustRunNode } from './process.mjs';

const gypDir = join(buildDir, 'gyp');
const inputs = ['binding.gyp', 'package.json', 'native', 'scripts', 'node_modules'];

function linkInputs() {
  mkdirSync(gypDir, { recursive: true });
  for (const name of inputs) {
    if (!existsSync(join(gypDir, name))) symlinkSync(join(root, name), join(gypDir, name));
  }
}

/** The running Node's own headers, if they were installed with it; without them node-gyp downloads a copy. */
export function headersOfThisNode() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/common.gypi')) ? { npm_config_nodedir: prefix } : {};
}

export async function buildWithGyp() {
  linkInputs();
  const jobs = ['--jobs', String(availableParallelism())];
  const options = { cwd: gypDir, env: headersOfThisNode() };
  await mustRunNode(programs.nodeGyp, ['configure', ...jobs], options);
  await mustRunNode(programs.nodeGyp, ['build', ...jobs], options);
  const addon = join(gypDir, 'build/Release/foreshard.node');
  await mustRun(process.execPath, ['-e', `require(${JSON.stringify(addon)})`]);
}
