// npm test: prepares and builds what is missing, runs every test and check, and ends with the line "N passed, N failed".
// Options: --native or --ts for one half, --match PATTERN for the tests whose name holds it.
import { parseArgs } from 'node:util';
import { buildConstants, buildNativeAddon, buildTypeScript } from './build.mjs';
import { buildWithGyp } from './lib/gyp.mjs';
import { buildBench, buildTests, testProgramOf } from './lib/native.mjs';
import { checkPackage } from './lib/package-check.mjs';
import { programs } from './lib/paths.mjs';
import { mustRunNode, run, succeeds } from './lib/process.mjs';
import { stage } from './lib/stage.mjs';
import { doctestCounts, Tally, tapCounts, tapFailures } from './lib/tally.mjs';
import { setup } from './setup.mjs';

const { values: options } = parseArgs({
  options: { native: { type: 'boolean' }, ts: { type: 'boolean' }, match: { type: 'string' } },
});
const everything = !options.native && !options.ts;
const tally = new Tally();

/** Runs a stage that is not itself a test: it counts only when it fails. Answers whether it went well. */
async function prepare(work) {
  try {
    await work();
    return true;
  } catch (error) {
    process.stdout.write(`${error.message}\n`);
    tally.add({ passed: 0, failed: 1 });
    return false;
  }
}

/** A stage that runs tests and answers how many passed and failed, with what to show of the failed ones. */
const tests = (name, work) =>
  prepare(() =>
    stage(name, async () => {
      const { failures, ...counts } = await work();
      tally.add(counts);
      if (counts.failed > 0) process.stdout.write(`${failures}\n`);
      return `${counts.passed} passed, ${counts.failed} failed`;
    }),
  );

/** A check that has one answer. */
const check = (name, work) =>
  tests(name, async () => {
    await work();
    return { passed: 1, failed: 0 };
  });

const sanitizerSettings = {
  ASAN_OPTIONS: 'abort_on_error=0:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: 'halt_on_error=1',
};

/** The thread sanitizer cannot map its shadow memory under strong address randomisation. */
function withoutAddressRandomisation(program, args) {
  const setarch = [process.arch === 'x64' ? 'x86_64' : 'aarch64', '-R'];
  return succeeds('setarch', [...setarch, 'true']) ? ['setarch', [...setarch, program, ...args]] : [program, args];
}

const buildNativeBench = () => stage('native benchmarks', async () => void (await buildBench()));

const buildNativeTests = (name) => prepare(() => stage(`build native tests (${name})`, () => buildTests(name)));

const nativeTests = (name) =>
  tests(`native tests (${name})`, async () => {
    const args = options.match ? [`--test-case=*${options.match}*`] : [];
    const program = testProgramOf(name);
    const command = name === 'tsan' ? withoutAddressRandomisation(program, args) : [program, args];
    const result = await run(...command, { env: sanitizerSettings });
    return { ...doctestCounts(result), failures: result.output };
  });

/** Each variant is tested, which takes one processor, while the next one is built, and the last long one while `others` go on. */
async function runNative(others) {
  const built = await buildNativeTests('plain');
  const [asan] = await Promise.all([buildNativeTests('asan'), built && nativeTests('plain')]);
  const rest = async () => {
    const tsan = await buildNativeTests('tsan');
    await others();
    return tsan;
  };
  const [tsan] = await Promise.all([rest(), asan && nativeTests('asan')]);
  if (tsan) await nativeTests('tsan');
}

async function runChecks() {
  if (!everything || options.match) return;
  await check('lint', () => mustRunNode(programs.oxlint, ['--deny-warnings']));
  await check('addon by node-gyp', buildWithGyp);
  await check('package with its prebuilt addon', checkPackage);
}

async function avaTests() {
  const args = ['--tap', ...(options.match ? [`--match=*${options.match}*`] : [])];
  const result = await run(process.execPath, [programs.ava, ...args], { env: { FORCE_COLOR: '0' } });
  if (options.match && result.output.includes("Couldn't find any matching tests")) return { passed: 0, failed: 0 };
  return { ...tapCounts(result), failures: tapFailures(result.output) || result.output };
}

async function runAll() {
  if (!(await prepare(() => setup({ forTests: true })))) return;
  if (!(await prepare(buildConstants))) return;
  if (!options.native) {
    const addonBuilt = (await prepare(buildNativeAddon)) && (await prepare(buildNativeBench));
    const built = addonBuilt && (await prepare(buildTypeScript));
    if (built) await tests('TypeScript tests', avaTests);
  }
  if (!options.ts) await runNative(runChecks);
}

const started = performance.now();
await runAll();
const minutes = ((performance.now() - started) / 60000).toFixed(1);
process.stdout.write(`All stages took ${minutes} min.\n${tally}\n`);
process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0;
