// Modules of predictors in files of their own, as a host imports them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UnrulyOptions } from './plugins/unruly.js';
import { freshDirectory } from './stores.js';

const unrulyFile = fileURLToPath(new URL('plugins/unruly.js', import.meta.url));
const sdkFile = fileURLToPath(new URL('../../src/predictor/index.js', import.meta.url));

/** A module of this text; `definePredictor` and `unruly` are imported. */
export function moduleOf(name: string, text: string): string {
  const file = join(freshDirectory(), `${name}.mjs`);
  const imports = [['definePredictor', sdkFile], ['unruly', unrulyFile]];
  const lines = imports.map(([what, from]) => `import { ${what} } from ${JSON.stringify(from)};\n`);
  writeFileSync(file, `${lines.join('')}${text}\n`);
  return file;
}

/** A module whose predictor misbehaves. */
export const unrulyModule = (options: UnrulyOptions): string =>
  moduleOf(options.name, `export default unruly(${JSON.stringify(options)});`);
