// The count of npm test: a crash is a failure even when the runner names no failed test.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { projectRoot } from './support/source-tree.js';

interface Result {
  code: number;
  output: string;
}
interface Counts {
  passed: number;
  failed: number;
}

const module = pathToFileURL(join(projectRoot, 'scripts/lib/tally.mjs')).href;
const { doctestCounts, tapCounts, tapFailures } = (await import(module)) as {
  doctestCounts: (result: Result) => Counts;
  tapCounts: (result: Result) => Counts;
  tapFailures: (output: string) => string;
};

const doctestSummary = (line: string) => `[doctest] run with "--help"\n[doctest] test cases: ${line}\n[doctest] Status`;

test('doctest: test cases are counted, not assertions, and skipped ones are not', (t) => {
  const output = doctestSummary(' 12 | 11 passed | 1 failed | 3 skipped\n[doctest] assertions: 90 | 89 passed | 1 failed |');
  t.deepEqual(doctestCounts({ code: 1, output }), { passed: 11, failed: 1 });
});

test('doctest: a program that died before its summary has failed', (t) => {
  t.deepEqual(doctestCounts({ code: 128, output: 'Segmentation fault' }), { passed: 0, failed: 1 });
});

test('doctest: a leak found after the last test is a failure', (t) => {
  const output = doctestSummary('5 | 5 passed | 0 failed | 0 skipped\nERROR: LeakSanitizer');
  t.deepEqual(doctestCounts({ code: 23, output }), { passed: 5, failed: 1 });
});

test('TAP: passed and failed tests are counted, and details and skipped tests are not', (t) => {
  const output = 'TAP version 13\nok 1 - a\n  ok 9 - detail\nok 2 - b # SKIP\nnot ok 3 - c\n  ---\n  ...\n1..3\n';
  t.deepEqual(tapCounts({ code: 1, output }), { passed: 1, failed: 1 });
});

test('TAP: a runner that fails without a failed test has failed', (t) => {
  t.deepEqual(tapCounts({ code: 1, output: 'Cannot find module' }), { passed: 0, failed: 1 });
});

test('TAP: only failed tests are shown, with their details', (t) => {
  const output = 'TAP version 13\nok 1 - a\nnot ok 2 - b\n  ---\n    name: AssertionError\n  ...\nok 3 - c\n';
  t.is(tapFailures(output), 'not ok 2 - b\n  ---\n    name: AssertionError\n  ...\n');
});
