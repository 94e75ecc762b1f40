// Writes the constants of native/constants.json as a C++ header and a TypeScript module, each only if it changed.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkTable, headerOf, moduleOf } from './lib/constants.mjs';
import { writeIfChanged } from './lib/files.mjs';
import { compilerSettings, constantsFile, constantsHeader, constantsModule } from './lib/paths.mjs';

export function generateConstants() {
  const table = JSON.parse(readFileSync(constantsFile, 'utf8'));
  checkTable(table);
  writeIfChanged(constantsHeader, headerOf(table));
  // A published package has the C++ sources, for who builds them, but not the TypeScript ones.
  if (existsSync(compilerSettings)) writeIfChanged(constantsModule, moduleOf(table));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generateConstants();
