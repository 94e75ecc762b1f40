// Prepares a fresh clone: checks Node.js, installs the npm dependencies, and finds or installs the native toolchain.
// Uses nothing but Node itself, since it runs before anything is installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modifiedAt } from './lib/files.mjs';
import { lockFile, modulesDir, packageFile } from './lib/paths.mjs';
import { mustRun, onPath } from './lib/process.mjs';
import { exitWith, stage } from './lib/stage.mjs';
import { testTools, tools } from './lib/toolchain.mjs';

function checkNode() {
  const wanted = JSON.parse(readFileSync(packageFile, 'utf8')).engines.node.match(/\d+/)[0];
  const [major] = process.versions.node.split('.');
  if (Number(major) < Number(wanted)) {
    throw new Error(`Foreshard needs Node.js ${wanted} or newer; this is ${process.version}.`);
  }
}

async function installDependencies() {
  const installedAt = modifiedAt(join(modulesDir, '.package-lock.json'));
  if (installedAt > 0 && installedAt >= modifiedAt(lockFile)) return 'up to date';
  await mustRun('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  return 'installed';
}

async function installPackages(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await mustRun('apt-get', ['update', '-q'], { env });
  await mustRun('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env });
}

/** A missing must ends the setup; of what is optional it says what is lost. */
function reportMissing(missing) {
  const command = `apt-get install -y ${missing.map((tool) => tool.package).join(' ')}`;
  const lines = missing.map(({ what, without }) => `  ${what}: ${without ?? 'needed'}`);
  const text = ['Missing on this machine:', ...lines, `On Debian or Ubuntu, as root: ${command}`].join('\n');
  if (missing.some((tool) => !tool.without)) throw new Error(text);
  return `going on without some tools\n${text}`;
}

async function findTools(wanted) {
  const missing = wanted.filter((tool) => !tool.found());
  if (missing.length === 0) return 'all there';
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return reportMissing(missing);
  const names = missing.map((tool) => tool.package);
  try {
    await installPackages(names);
  } catch (error) {
    if (missing.some((tool) => !tool.without)) throw error;
  }
  const stillMissing = missing.filter((tool) => !tool.found());
  return stillMissing.length === 0 ? `installed ${names.join(', ')}` : reportMissing(stillMissing);
}

/** `forTests` adds what only the tests need. */
export async function setup({ forTests = false } = {}) {
  checkNode();
  await stage('npm dependencies', installDependencies);
  await stage('toolchain', () => findTools(forTests ? [...tools, ...testTools] : tools));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup({ forTests: true }).catch(exitWith);
