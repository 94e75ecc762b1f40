// Counts what passed and failed over all test runners, and reads each runner's own count out of its output.

/** The sum over all stages. A stage that throws counts as one failure, and the next stages still run. */
export class Tally {
  passed = 0;
  failed = 0;

  add({ passed, failed }) {
    this.passed += passed;
    this.failed += failed;
  }

  toString() {
    return `${this.passed} passed, ${this.failed} failed`;
  }
}

/** A runner that ended badly without naming a failed test (a crash, a sanitizer's report) has failed once. */
function withCrash(counts, code) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** doctest: "[doctest] test cases:  12 |  11 passed | 1 failed | 3 skipped". */
export function doctestCounts({ code, output }) {
  const summary = output.match(/^\[doctest\] test cases: .*?(\d+) passed \|\s*(\d+) failed/m);
  if (!summary) return { passed: 0, failed: 1 };
  return withCrash({ passed: Number(summary[1]), failed: Number(summary[2]) }, code);
}

/** TAP: "ok 1 - name" and "not ok 2 - name", each at the start of a line. */
export function tapCounts({ code, output }) {
  const count = (pattern) => (output.match(pattern) ?? []).length;
  const counts = { passed: count(/^ok (?!.*# SKIP)/gm), failed: count(/^not ok /gm) };
  return withCrash(counts, code);
}

/** The failed tests of a TAP report with their details. */
export function tapFailures(output) {
  const blocks = output.split(/^(?=(?:not )?ok )/m);
  return blocks.filter((block) => block.startsWith('not ok ')).join('');
}
