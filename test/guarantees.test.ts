// docs/guarantees.md names the tests that fail without a promise: each of them must exist.
import test from 'ava';
import { projectFiles, sourcesIn } from './support/source-tree.js';

test('a promise names a test that does not exist', (t) => {
  const { text } = projectFiles.find(({ path }) => path === 'docs/guarantees.md')!;
  const named = [...text.matchAll(/^- `(.+)`$/gm)].map(([, name]) => name!);
  const tests = [...sourcesIn('test', '.test.ts'), ...sourcesIn('native/test', '.cc')];
  t.true(named.length > 40);
  t.deepEqual(
    named.filter((name) => !tests.some((file) => file.text.replaceAll("\\'", "'").includes(name))),
    [],
  );
});
