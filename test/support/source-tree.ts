// Reads the project's own sources, for the tests that check their structure.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root, seen from dist/test/support. */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

const skippedFolders = new Set(['.git', 'build', 'dist', 'node_modules', 'prebuilds']);
/** Files that the build writes from the table of constants. */
export const generated = /\.gen\.(h|ts)$/;

export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) yield* walk(path);
    } else if (entry.isFile() && !generated.test(entry.name)) {
      yield path;
    }
  }
}

/** Every file of the project that somebody wrote. */
export const projectFiles: readonly SourceFile[] = [...walk(projectRoot)].map((path) => ({
  path: relative(projectRoot, path).replaceAll('\\', '/'),
  text: readFileSync(path, 'utf8'),
}));

/** The files below `folder` whose name ends with one of `extensions`. */
export function sourcesIn(folder: string, ...extensions: string[]): SourceFile[] {
  return projectFiles.filter(
    ({ path }) => path.startsWith(`${folder}/`) && extensions.some((extension) => path.endsWith(extension)),
  );
}

/** What a C++ file includes: `own` in quotes, `system` in angle brackets. */
export function includesOf({ text }: SourceFile): { own: string[]; system: string[] } {
  const names = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);
  return { own: names(/^\s*#\s*include\s*"([^"]+)"/gm), system: names(/^\s*#\s*include\s*<([^>]+)>/gm) };
}

/** The modules that a TypeScript file imports or re-exports. */
export function importsOf({ text }: SourceFile): string[] {
  const statements = /^\s*(?:import\s*|(?:import|export)\b[^;'"]*?\bfrom\s*)['"]([^'"]+)['"]/gm;
  const calls = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map((match) => match[1]!);
}
