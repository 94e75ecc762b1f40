// The command predictor serve, and the server in Python of the documentation: in processes of their own, until they are killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import remote from '../plugins/remote/index.js';
import recordCost from '../plugins/record-cost/index.js';
import remoteLoad from '../plugins/remote/load.js';
import { conform } from '../src/predictor/conformance/index.js';
import { lessonOf } from '../src/predictor/conformance/rows.js';
import { encodeCall } from '../src/predictor/index.js';
import { uniform } from '../src/predictor/random.js';
import { ask, call, predictorWith, session } from './support/remote.js';
import { run, type Running } from './support/programs.js';
import { projectRoot } from './support/source-tree.js';
import { freshDirectory, sleep } from './support/stores.js';

const main = join(projectRoot, 'dist/src/cli/main.js');

interface Serving {
  readonly program: Running;
  readonly url: string;
}

async function serve(t: ExecutionContext, ...args: string[]): Promise<Serving> {
  const program = run(main, 'predictor', 'serve', ...args);
  t.teardown(() => {
    program.process.kill('SIGKILL');
    return program.ended;
  });
  let output = '';
  program.process.stdout!.on('data', (text: Buffer) => (output += text.toString()));
  await program.said(' at http://');
  return { program, url: / at (http:\S+)\n/.exec(output)![1]! };
}

const context = (url: string) => ({ seed: 1, settings: { url }, shouldStop: () => false });
const lesson = (seed: number) => lessonOf(remoteLoad, 50, uniform(seed));

interface Figures {
  readonly traces: readonly { readonly cells: readonly { readonly served: Readonly<Record<string, number>> }[] }[];
}

/** A module with a predictor of access. */
function moduleOf(predictor: string): string {
  const file = join(freshDirectory(), 'predictor.mjs');
  const sdk = JSON.stringify(join(projectRoot, 'dist/src/predictor/index.js'));
  writeFileSync(file, `import { definePredictor } from ${sdk};\nexport default definePredictor(${predictor});\n`);
  return file;
}

test('the help does not name serve, its options or an example', async (t) => {
  for (const line of [['--help'], ['predictor', 'serve', '--help']]) {
    const { code, output } = await run(main, ...line).ended;
    t.is(code, 0);
    t.regex(output, /foreshard predictor serve PATH \[options\]/);
    for (const option of ['--port N', '--host HOST', '--settings JSON', '--sessions N']) t.true(output.includes(option), option);
    t.regex(output, /Examples\n(.*\n)* {2}foreshard predictor serve \.\/mine\.js\n/);
  }
});

test('what cannot be served is, or is not named', async (t) => {
  for (const args of [['--port', '65536'], ['--port', '1.5'], ['--settings', '[]'], ['--sessions', '0'], ['--host', '']])
    t.is((await run(main, 'predictor', 'serve', 'successor', ...args).ended).code, 2, args.join(' '));
  t.is((await run(main, 'predictor', 'serve').ended).code, 2);
  const missing = await run(main, 'predictor', 'serve', './nowhere.js').ended;
  t.deepEqual([missing.code, /FORESHARD_NOT_FOUND.*nowhere\.js/.test(missing.output)], [1, true], missing.output);
  const settings = ['--port', '0', '--settings', '{"maxCells":1}'];
  const bad = await run(main, 'predictor', 'serve', 'record-cost', ...settings).ended;
  t.deepEqual([bad.code, /FORESHARD_BAD_ARGUMENT.*record-cost: create: maxCells/.test(bad.output)], [1, true], bad.output);
  const { url } = await serve(t, 'successor', '--port', '0');
  const taken = await run(main, 'predictor', 'serve', 'successor', '--port', new URL(url).port).ended;
  t.deepEqual([taken.code, /FORESHARD_IO.*EADDRINUSE/.test(taken.output)], [1, true], taken.output);
});

test('any address is listened to without being asked for, or without a warning', async (t) => {
  const near = await serve(t, 'successor', '--port', '0');
  t.regex(near.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const far = await serve(t, 'successor', '--port', '0', '--host', '0.0.0.0');
  for (const { program } of [near, far]) program.process.kill('SIGTERM');
  t.notRegex((await near.program.ended).output, /authentication/);
  t.regex((await far.program.ended).output, /there is no authentication/);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal} cuts off an open request, or does not end the server`, async (t) => {
    const predict = '({ rows }) => new Promise((resolve) => setTimeout(resolve, 500, new Float32Array(rows)))';
    const hooks = `create: () => ({ predict: (batch) => (console.log('asked'), (${predict})(batch)) })`;
    const file = moduleOf(`{ name: 'slow', role: 'access', columns: ['age'], ${hooks} }`);
    const { program, url } = await serve(t, file, '--port', '0');
    const definition = predictorWith({});
    const message = encodeCall('predict', lessonOf(definition, 2, uniform(1)), definition);
    const predicted = call(url, await session(url), 'predict', message);
    await program.said('asked');
    program.process.kill(signal);
    t.is((await predicted).status, 200);
    const ended = await program.ended;
    t.deepEqual([ended.code, ended.signal], [0, null], ended.output);
  });

test('what a predictor has left running keeps the server', async (t) => {
  const hooks = 'create: () => (setInterval(() => {}, 1000), { predict: ({ rows }) => new Float32Array(rows) })';
  const { program } = await serve(t, moduleOf(`{ name: 'busy', role: 'access', columns: [], ${hooks} }`), '--port', '0');
  program.process.kill('SIGTERM');
  t.is((await program.ended).code, 0);
});

test('a hook that fails ends the server, or leaves no word of where', async (t) => {
  const hooks = "predict() { throw new Error('no idea'); }";
  const file = moduleOf(`{ name: 'mine', role: 'access', columns: [], create: () => ({ ${hooks} }) }`);
  const { program, url } = await serve(t, file, '--port', '0');
  const failing = remote.create(context(url));
  const predict = async () => failing.predict(lessonOf(remote, 1, uniform(1)));
  for (let i = 0; i < 2; i++) await t.throwsAsync(predict, { message: /mine: predict: no idea/ });
  program.process.kill('SIGTERM');
  const { code, output } = await program.ended;
  t.is(code, 0);
  t.regex(output, /predict: Error: no idea\n.*at .*predictor\.mjs/);
});

test('what was learned is lost with a server that was killed', async (t) => {
  const first = await serve(t, 'record-cost', '--port', '0', '--settings', '{"maxCells":100}');
  const [near, far] = [recordCost.create({ ...context(''), settings: { maxCells: 100 } }), remoteLoad.create(context(first.url))];
  for (let i = 0; i < 3; i++) for (const predictor of [near, far]) await predictor.learn!(lesson(i));
  await far.save!();
  first.program.process.kill('SIGKILL');
  await first.program.ended;
  await t.throwsAsync(async () => far.learn!(lesson(3)), { message: /ECONNREFUSED|ECONNRESET|socket hang up/ });
  await serve(t, 'record-cost', '--port', new URL(first.url).port, '--settings', '{"maxCells":100}');
  t.deepEqual(await far.predict(lesson(9)), await near.predict(lesson(9)));
  for (const predictor of [near, far]) await predictor.learn!(lesson(4));
  t.deepEqual(await far.predict(lesson(9)), await near.predict(lesson(9)));
});

test('the checks or backtests of a predictor do not reach one that is served', async (t) => {
  const { url } = await serve(t, 'successor', '--port', '0', '--sessions', '64');
  const settings = ['--settings', JSON.stringify({ url })];
  const checked = await run(main, 'predictor', 'test', 'remote', ...settings).ended;
  t.deepEqual([checked.code, checked.output.endsWith(' kept, 0 broken\n')], [0, true], checked.output);
  const trace = join(freshDirectory(), 'loop.csv');
  writeFileSync(trace, `ts_ms,key,op,size\n${Array.from({ length: 3000 }, (_, i) => `${i},k${i % 500},r,100\n`).join('')}`);
  const of = async (...specifier: string[]) => {
    const json = join(freshDirectory(), 'figures.json');
    const options = ['--trace', trace, '--points', '4', '--horizon', '200', '--json', json];
    const ended = await run(main, 'predictor', 'backtest', ...specifier, ...options).ended;
    t.is(ended.code, 0, ended.output);
    return (JSON.parse(readFileSync(json, 'utf8')) as Figures).traces[0]!.cells;
  };
  const [near, far] = [await of('successor'), await of('remote', ...settings)];
  t.deepEqual(far.map(({ served }) => served.remote), near.map(({ served }) => served.successor));
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('the server in Python of the documentation does not work', async (t) => {
  const text = readFileSync(join(projectRoot, 'docs/predictors.md'), 'utf8');
  const port = await freePort();
  const program = /```python\n(.*?)```/s.exec(text)![1]!.replace('7431', String(port));
  const python = spawn('python3', ['-c', program], { stdio: 'ignore' });
  const isThere = await Promise.race([once(python, 'spawn').then(() => true), once(python, 'error').then(() => false)]);
  if (!isThere) return void t.pass('there is no python3 on this machine');
  t.teardown(() => void python.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  const answers = () => ask(url).then(() => true, () => false);
  while (python.exitCode === null && !(await answers())) await sleep(50);
  t.is((await ask(url, { headers: { origin: 'http://attacker.example' } })).status, 403);
  const findings = await conform(remote, { settings: { url } });
  t.deepEqual(findings.filter(({ fault }) => fault !== undefined), []);
  const batch = lessonOf(remote, 3, uniform(1));
  const { rate1k, rate100k } = batch.columns as Record<string, Float32Array>;
  const expected = rate1k!.map((rate, row) => rate / 1000 + rate100k![row]! / 100_000);
  t.deepEqual(await remote.create(context(url)).predict(batch), expected);
});
