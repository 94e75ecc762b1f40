// What the benchmarks need, above all the stores that they compare with: installed in bench/, apart from the product. What cannot be had here is
// left out of the comparison, with a word.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modifiedAt } from './files.mjs';
import { headersOfThisNode } from './gyp.mjs';
import { programs, root } from './paths.mjs';
import { mustRun, mustRunNode, onPath } from './process.mjs';

const benchDir = join(root, 'bench');
const sqliteDir = join(benchDir, 'node_modules/better-sqlite3');

async function installPackages() {
  const installedAt = modifiedAt(join(benchDir, 'node_modules/.package-lock.json'));
  if (installedAt > 0 && installedAt >= modifiedAt(join(benchDir, 'package-lock.json'))) return 'up to date';
  // Not `npm ci`: it insists on optional packages for other systems, which a mirror may not have.
  await mustRun('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: benchDir });
  return 'installed';
}

/** The one peer that comes without a binary. */
async function buildSqlite() {
  if (existsSync(join(sqliteDir, 'build/Release/better_sqlite3.node'))) return 'up to date';
  await mustRunNode(programs.nodeGyp, ['rebuild', '--release'], { cwd: sqliteDir, env: headersOfThisNode() });
  return 'built';
}

async function installRedis() {
  if (onPath('redis-server')) return 'there';
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return 'not here; as root: apt-get install -y redis-server';
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await mustRun('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], { env });
  return 'installed';
}

/** Answers what is to be said of each; a peer that fails is only left out. */
async function orWhyNot(install) {
  try {
    return await install();
  } catch (error) {
    return `left out: ${error.message.split('\n')[0]}`;
  }
}

const packages = { name: 'packages of the benchmarks', prepare: () => orWhyNot(installPackages) };

export const toolSteps = [packages];
export const peerSteps = [
  packages,
  { name: 'better-sqlite3', prepare: () => orWhyNot(buildSqlite) },
  { name: 'redis-server', prepare: () => orWhyNot(installRedis) },
];
