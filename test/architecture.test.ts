// The structure of the project, checked: layer order in C++ and TypeScript, the border of Node-API, the list of C++
// sources, size and opening comment of each file, and words that must not be in the project.
import { dirname, join } from 'node:path/posix';
import test from 'ava';
import { generated, importsOf, includesOf, projectFiles, sourcesIn, type SourceFile } from './support/source-tree.js';

const lineLimit = 600;

/** Each part may use itself and what stands before it. */
const engineLayers = ['base', 'io', 'log', 'table', 'checkpoint', 'shard', 'recovery', 'store'];
const typescriptLayers = [
  'errors',
  'observe',
  'native',
  'store',
  'heat',
  'partition',
  'checkpoint',
  'recovery',
  'predictor',
  'plugins',
  'stream',
  'cluster',
  'server',
  'api',
  'index.ts',
  'cli',
];

const nodeHeaders = /^(napi|napi-inl|node_api|js_native_api|node|node_buffer|uv|v8)\.h$/;
const sourceExtensions = ['.ts', '.mjs', '.js', '.cc', '.h'];
const sources = projectFiles.filter(({ path }) => sourceExtensions.some((extension) => path.endsWith(extension)));
const projectPaths = new Set(projectFiles.map(({ path }) => path));

/** Why a part may not use another, or nothing when it may. */
function layerViolation(layers: string[], user: string, used: string): string | undefined {
  for (const part of [user, used]) if (!layers.includes(part)) return `"${part}" is not a known layer`;
  return layers.indexOf(used) > layers.indexOf(user) ? `"${user}" stands before "${used}"` : undefined;
}

/** Applies a rule to each file and answers the broken ones, as "path: why". */
function violations(files: SourceFile[], rule: (file: SourceFile) => (string | undefined)[]): string[] {
  return files.flatMap((file) => rule(file).flatMap((why) => (why === undefined ? [] : [`${file.path}: ${why}`])));
}

test('the engine includes only layers to its left', (t) => {
  const broken = violations(sourcesIn('native/engine', '.h', '.cc'), (file) =>
    includesOf(file).own.map((name) => {
      const [part, layer, ...rest] = name.split('/');
      if (part !== 'engine' || layer === undefined || rest.length === 0) {
        return `"${name}" must be written as "engine/LAYER/FILE"`;
      }
      const why = layerViolation(engineLayers, file.path.split('/')[2]!, layer);
      return why && `includes "${name}", but ${why}`;
    }),
  );
  t.deepEqual(broken, []);
});

test('quoted includes name files of the project, from native/', (t) => {
  const broken = violations(sourcesIn('native', '.h', '.cc'), (file) =>
    includesOf(file).own.map((name) =>
      generated.test(name) || projectPaths.has(`native/${name}`) ? undefined : `native/${name} is not there`,
    ),
  );
  t.deepEqual(broken, []);
});

test('only the binding knows Node', (t) => {
  const outside = sourcesIn('native', '.h', '.cc').filter(({ path }) => !path.startsWith('native/binding/'));
  const broken = violations(outside, (file) => {
    const { own, system } = includesOf(file);
    return [
      ...[...own, ...system].filter((name) => nodeHeaders.test(name)).map((name) => `includes ${name}`),
      ...own.filter((name) => name.startsWith('binding/')).map((name) => `includes ${name}`),
    ];
  });
  t.deepEqual(broken, []);
});

/** The layer that a TypeScript path of the project belongs to: a folder of src, src/index.ts itself, or plugins. */
function typescriptLayerOf(path: string): string | undefined {
  const [top, layer] = path.split('/');
  return top === 'src' ? layer : top;
}

test('TypeScript imports only layers to its left', (t) => {
  const broken = violations(sourcesIn('src', '.ts'), (file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => {
        const target = join(dirname(file.path), name).replace(/\.js$/, '.ts');
        const why = layerViolation(typescriptLayers, typescriptLayerOf(file.path)!, typescriptLayerOf(target)!);
        return why && `imports "${name}", but ${why}`;
      }),
  );
  t.deepEqual(broken, []);
});

test('plugins use only the public SDK', (t) => {
  const publicSdk = new Set(['foreshard/predictor', 'src/predictor/index.js']);
  const broken = violations(sourcesIn('plugins', '.ts'), (file) =>
    importsOf(file).map((name) => {
      const target = name.startsWith('.') ? join(dirname(file.path), name) : name;
      const allowed = target.startsWith('plugins/') || target.startsWith('node:') || publicSdk.has(target);
      return allowed ? undefined : `imports "${name}"`;
    }),
  );
  t.deepEqual(broken, []);
});

test('sources.txt lists exactly the C++ sources of the addon', (t) => {
  const list = projectFiles.find(({ path }) => path === 'native/sources.txt')!;
  const lines = list.text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const listed = lines.filter((line) => line !== '');
  const files = [...sourcesIn('native/engine', '.cc'), ...sourcesIn('native/binding', '.cc')];
  const present = files.map(({ path }) => path.replace('native/', ''));
  t.deepEqual({
    missing: present.filter((path) => !listed.includes(path)),
    superfluous: listed.filter((path) => !present.includes(path)),
    repeated: listed.filter((path, index) => listed.indexOf(path) !== index),
  }, { missing: [], superfluous: [], repeated: [] });
});

test('no source file is long', (t) => {
  const broken = violations(sources, ({ text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > lineLimit ? [`${lines} lines, at most ${lineLimit} allowed`] : [];
  });
  t.deepEqual(broken, []);
});

test('every source file begins with a comment that says what it is for', (t) => {
  const broken = violations(sources, ({ text }) => {
    const body = text.replace(/^#!.*\n/, '').trimStart();
    return body.startsWith('//') || body.startsWith('/*') ? [] : ['has no opening comment'];
  });
  t.deepEqual(broken, []);
});

/** A letter of each word stands in brackets, so that this file does not hold what it forbids. */
const forbidden = [
  { what: 'unfinished work', pattern: /\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/ },
  { what: 'a host of a package registry', pattern: /\b(n[p]mjs|y[a]rnpkg|d[e]bian|u[b]untu)\.(org|com)\b/ },
  { what: 'a path of one machine', pattern: /(?<![\w.])\/(w[o]rk|r[o]ot|h[o]me)\// },
];

test('no file holds forbidden words', (t) => {
  const broken = violations([...projectFiles], ({ text }) =>
    forbidden.map(({ what, pattern }) => {
      const found = text.match(pattern)?.[0];
      return found && `holds ${what}: ${found}`;
    }),
  );
  t.deepEqual(broken, []);
});

test('the lock file holds no download addresses', (t) => {
  const lock = projectFiles.find(({ path }) => path === 'package-lock.json')!;
  t.false(lock.text.includes('"resolved"'));
});
