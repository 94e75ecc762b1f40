// Loads the addon: a local build, or the prebuilt one of this platform.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import loadBinding from 'pkg-prebuilds';
import { foreshardError } from '../errors/index.js';
import type { NativeAddon } from './types.js';

interface PackageFile {
  name: string;
  binary: { napi_versions: number[] };
}

/** The nearest folder above this file that has a package.json, in a checkout as in an installed package. */
function packageRoot(from = dirname(fileURLToPath(import.meta.url))): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from));
}

function loadAddon(): NativeAddon {
  const root = packageRoot();
  const { name, binary } = createRequire(import.meta.url)(join(root, 'package.json')) as PackageFile;
  try {
    return loadBinding<NativeAddon>(root, { name, napi_versions: binary.napi_versions });
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    throw foreshardError(
      'unsupported',
      `there is no addon for ${platform} in ${root}; build it (docs/build.md)`,
      { platform },
      error,
    );
  }
}

export const addon = loadAddon();
