// Peers and tools are installed beside the benchmarks, not with the product: they are looked up there.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** bench/, whether this runs from dist/ or not. */
const benchFolder = join(here.slice(0, here.lastIndexOf('/bench/')).replace(/\/dist$/, ''), 'bench');
const require = createRequire(join(benchFolder, 'package.json'));

/** A peer's module. Throws if it is not installed. */
export const moduleOf = <Module>(name: string): Module => require(name) as Module;

/** The same for an ES module. */
export const moduleAt = async <Module>(name: string): Promise<Module> =>
  (await import(pathToFileURL(require.resolve(name)).href)) as Module;

export const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(benchFolder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
