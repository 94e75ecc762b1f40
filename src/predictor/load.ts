// Loading a predictor by what it is called: the name of a bundled one, a file, or a package.
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { foreshardError } from '../errors/index.js';
import { isPredictor, type Predictor } from './define.js';

/** Predictors that come with this package: each is imported when it is asked for. */
export type Bundled = Readonly<Record<string, () => Promise<{ readonly default: unknown }>>>;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The module that a path or a package name stands for, as something to import. */
function moduleOf(specifier: string, bundled: Bundled, from: string): string {
  const context = { plugin: specifier, hook: 'import' };
  try {
    const file = createRequire(join(from, 'from.js')).resolve(specifier);
    return isAbsolute(file) ? pathToFileURL(file).href : file;
  } catch (error) {
    const known = `neither a file or package, seen from ${from}, nor one of ${Object.keys(bundled).join(', ')}`;
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND')
      throw foreshardError('not_found', `predictor ${specifier}: ${known}`, context, error);
    throw foreshardError('bad_argument', `predictor ${specifier}: cannot be resolved: ${message(error)}`, context, error);
  }
}

/**
 * The predictor that is the default export of a module. `specifier`: a name of `bundled`, a path (from `from` on, if it begins with
 * a dot), or the name of a package that is installed there; its exports need a condition "default" or "require".
 * Rejects with FORESHARD_NOT_FOUND if there is no such module, and with FORESHARD_BAD_ARGUMENT if it throws while it is imported
 * (`cause` is what it threw) or its default export was not made by definePredictor().
 */
export async function loadPredictor(specifier: string, bundled: Bundled, from = process.cwd()): Promise<Predictor> {
  const own = Object.hasOwn(bundled, specifier) ? bundled[specifier] : undefined;
  const module = own ? undefined : moduleOf(specifier, bundled, from);
  const context = { plugin: specifier, hook: 'import' };
  const load = own ?? (() => import(module!) as Promise<{ readonly default: unknown }>);
  const loaded = await load().catch((error: unknown) => {
    throw foreshardError('bad_argument', `predictor ${specifier}: import: ${message(error)}`, context, error);
  });
  if (isPredictor(loaded.default)) return loaded.default;
  throw foreshardError('bad_argument', `predictor ${specifier}: its default export was not made by definePredictor()`, context);
}
