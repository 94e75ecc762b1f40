// The server of predictors: whom it lets in, what it refuses, its bounds, and that no hook and no client ends it.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import test from 'ava';
import { lessonOf } from '../src/predictor/conformance/rows.js';
import { decodeAnswer, encodeCall, remoteHooks, remoteProtocol, type HookInputs } from '../src/predictor/index.js';
import { servePredictor, type Fault } from '../src/predictor/remote/index.js';
import { uniform } from '../src/predictor/random.js';
import { ask, begin, call, everything, inputs, predictorWith, served, session, type Asked } from './support/remote.js';
import { failsWith, sleep } from './support/stores.js';

const plain = predictorWith({});
const predictCall = (rows = 1) => encodeCall('predict', lessonOf(plain, rows, uniform(1)), plain);
const batchType = { 'content-type': remoteProtocol.type };
const jsonType = { 'content-type': 'application/json' };

test('a server does not say what it serves', async (t) => {
  const { url } = await served(t, everything);
  const { status, said } = await ask(url);
  t.is(status, 200);
  const { name, role, version, columns } = everything;
  t.deepEqual(said, { protocol: 1, name, role, version, columns, hooks: [...remoteHooks] });
  t.deepEqual((await ask((await served(t, predictorWith({}))).url)).said.hooks, ['predict']);
});

const wrong: Record<string, [status: number, asked: Asked]> = {
  'another path': [404, { path: '/' }],
  'a path within the predictor': [404, { path: '/v1/predictor/x' }],
  'a question behind the path': [404, { path: '/v1/predictor?x' }],
  'another hook': [404, { path: '/v1/sessions/ID/create', method: 'POST', headers: batchType }],
  'an unknown session': [404, { path: '/v1/sessions/none/save', method: 'POST', headers: batchType }],
  'the end of an unknown session': [404, { path: '/v1/sessions/none', method: 'DELETE' }],
  'another method for the predictor': [405, { method: 'POST' }],
  'another method for sessions': [405, { path: '/v1/sessions' }],
  'another method for a session': [405, { path: '/v1/sessions/ID' }],
  'another method for a hook': [405, { path: '/v1/sessions/ID/predict', method: 'PUT' }],
  'the question of a browser': [405, { path: '/v1/sessions/ID/predict', method: 'OPTIONS' }],
  'no type': [415, { path: '/v1/sessions/ID/predict', method: 'POST', body: predictCall() }],
  'the type of a form': [415, { path: '/v1/sessions', method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }],
  'a body that is no message': [400, { path: '/v1/sessions/ID/predict', method: 'POST', headers: batchType, body: 'rubbish' }],
  'no body': [400, { path: '/v1/sessions/ID/save', method: 'POST', headers: batchType }],
  'a message of another hook': [400, { path: '/v1/sessions/ID/learn', method: 'POST', headers: batchType, body: predictCall() }],
  'a hook that the predictor has not': [
    400,
    { path: '/v1/sessions/ID/save', method: 'POST', headers: batchType, body: encodeCall('save', undefined, everything) },
  ],
  'a session of no JSON': [400, { path: '/v1/sessions', method: 'POST', headers: jsonType, body: '{' }],
  'a session of a list': [400, { path: '/v1/sessions', method: 'POST', headers: jsonType, body: '[]' }],
  'a session of a bad seed': [400, { path: '/v1/sessions', method: 'POST', headers: jsonType, body: '{"seed":1.5}' }],
  'a session of bad settings': [400, { path: '/v1/sessions', method: 'POST', headers: jsonType, body: '{"settings":1}' }],
  'an Origin': [403, { headers: { origin: 'http://127.0.0.1' } }],
  'no origin, as of a file': [403, { headers: { origin: 'null' } }],
  'a Host of another name': [403, { headers: { host: 'attacker.example:PORT' } }],
  'a Host without its port': [403, { headers: { host: '127.0.0.1' } }],
  'a Host of another port': [403, { headers: { host: '127.0.0.1:1' } }],
  'a Host that only begins so': [403, { headers: { host: '127.0.0.1:PORT.attacker.example' } }],
};

for (const [what, [status, asked]] of Object.entries(wrong))
  test(`${what} is taken`, async (t) => {
    const { url } = await served(t, predictorWith({}));
    const id = await session(url);
    const headers = { ...asked.headers };
    if (typeof headers.host === 'string') headers.host = headers.host.replace('PORT', new URL(url).port);
    const told = await ask(url, { ...asked, path: asked.path?.replace('ID', id), headers });
    t.is(told.status, status, JSON.stringify(told.said));
    t.is(typeof told.said.code, 'string');
    t.is(typeof told.said.message, 'string');
    t.is((await call(url, id, 'predict', predictCall())).status, 200, 'the session goes on');
  });

test('localhost is refused, or a name where any address is listened to', async (t) => {
  const { url } = await served(t, predictorWith({}));
  const { port } = new URL(url);
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `127.0.0.1:${port}`])
    t.is((await ask(url, { headers: { host } })).status, 200, host);
  const all = await served(t, predictorWith({}), { host: '0.0.0.0' });
  t.false(all.isLocal);
  const near = `http://127.0.0.1:${new URL(all.url).port}`;
  for (const host of ['10.1.2.3:80', '[fe80::1]:9', 'localhost', 'attacker.example:80', ':80', 'user@127.0.0.1:80'])
    t.is((await ask(near, { headers: { host } })).status, /attacker|^:|@/.test(host) ? 403 : 200, host);
});

test('a body is taken whatever its length', async (t) => {
  const { url } = await served(t, predictorWith({}), { limits: { bodyBytes: 1000 } });
  const id = await session(url);
  t.is((await call(url, id, 'predict', predictCall(50))).status, 200);
  const told = await call(url, id, 'predict', predictCall(100));
  t.deepEqual([told.status, told.said.code], [413, 'too_large']);
  const chunked = await call(url, id, 'predict', predictCall(100), { 'transfer-encoding': 'chunked' });
  t.deepEqual([chunked.status, chunked.said.code, chunked.said.hook], [413, 'too_large', undefined]);
  t.is((await begin(url, { settings: { long: 'x'.repeat(70_000) } })).status, 413);
  t.is((await call(url, id, 'predict', predictCall(1))).status, 200);
});

test('a body of 64 MiB and a bit is taken', async (t) => {
  const { url } = await served(t, predictorWith({}));
  const id = await session(url);
  const sent = request(new URL(`/v1/sessions/${id}/predict`, url), {
    method: 'POST',
    headers: { ...batchType, 'content-length': 2 ** 26 + 8 },
    agent: false,
  });
  sent.on('error', () => {}).flushHeaders();
  const [response] = (await once(sent, 'response')) as [{ statusCode: number }];
  t.is(response.statusCode, 413);
  sent.destroy();
});

test('there may be any number of sessions, or one that has ended counts', async (t) => {
  const { url } = await served(t, predictorWith({}));
  const ids: string[] = [];
  for (let i = 0; i < 16; i++) ids.push(await session(url));
  t.is(new Set(ids).size, 16);
  const more = await begin(url);
  t.deepEqual([more.status, more.said.code], [503, 'busy']);
  t.is((await ask(url, { method: 'DELETE', path: `/v1/sessions/${ids[0]}` })).status, 204);
  t.is((await call(url, ids[0]!, 'predict', predictCall())).said.code, 'unknown_session');
  t.is((await begin(url)).status, 201);
});

test('a session that nobody uses never ends, or one that is used does', async (t) => {
  let release = () => {};
  const waits = () => new Promise<void>((resolve) => (release = resolve));
  const definition = predictorWith({ observe: waits });
  const { url } = await served(t, definition, { limits: { idleMs: 1500 } });
  const [idle, used] = [await session(url), await session(url)];
  const observing = call(url, used, 'observe', encodeCall('observe', inputs.observe, definition));
  while ((await call(url, idle, 'save', encodeCall('save', undefined, definition))).status !== 404) await sleep(1800);
  release();
  t.is((await observing).status, 204);
});

test('any number of requests is answered at a time', async (t) => {
  const releases: (() => void)[] = [];
  const definition = predictorWith({ observe: () => new Promise<void>((resolve) => releases.push(resolve)) });
  const { url } = await served(t, definition, { limits: { requests: 2 } });
  const [one, other] = [await session(url), await session(url)];
  const message = encodeCall('observe', inputs.observe, definition);
  const observing = [one, other].map((id) => call(url, id, 'observe', message));
  while (releases.length < 2) await sleep(5);
  const more = await ask(url);
  t.deepEqual([more.status, more.said.code], [503, 'busy']);
  for (const release of releases) release();
  for (const { status } of await Promise.all(observing)) t.is(status, 204);
  t.is((await ask(url)).status, 200);
});

test('calls of a session run at the same time, or any number of them waits', async (t) => {
  const log: string[] = [];
  const releases: (() => void)[] = [];
  const definition = predictorWith({
    propose: async (limit: number) => {
      log.push(`begin ${limit}`);
      await new Promise<void>((resolve) => releases.push(resolve));
      log.push(`end ${limit}`);
      return new Float64Array();
    },
  });
  const { url } = await served(t, definition);
  const id = await session(url);
  const propose = async (limit: number) => (await call(url, id, 'propose', encodeCall('propose', limit, definition))).status;
  const calls = [1, 2, 3, 4, 5].map(propose);
  t.is(await Promise.race(calls), 503, 'one is too many');
  for (let i = 0; i < 4; i++) {
    while (releases.length <= i) await sleep(5);
    releases[i]!();
  }
  t.deepEqual((await Promise.all(calls)).toSorted((a, b) => a - b), [200, 200, 200, 200, 503]);
  t.is(log.length, 8);
  for (let i = 0; i < 8; i += 2) t.is(log[i]!.replace('begin', 'end'), log[i + 1]);
});

const throws = () => {
  throw new Error('no idea');
};
const broken: Record<string, [hook: keyof HookInputs, hooks: Record<string, unknown>, said: RegExp]> = {
  'throws in predict': ['predict', { predict: throws }, /^no idea$/],
  'throws in learn': ['learn', { learn: throws }, /^no idea$/],
  'throws in observe': ['observe', { observe: throws }, /^no idea$/],
  'throws in load': ['load', { load: throws }, /^no idea$/],
  'rejects': ['save', { save: () => Promise.reject(new Error('no idea')) }, /^no idea$/],
  'throws what is no error': ['predict', { predict: () => Promise.reject('nothing' as unknown as Error) }, /^nothing$/],
  'gives NaN': ['predict', { predict: ({ rows }: { rows: number }) => new Float32Array(rows).fill(NaN) }, /NaN for row 0/],
  'gives too few numbers': ['predict', { predict: () => new Float32Array(2) }, /2 numbers for 3 rows/],
  'gives a list': ['predict', { predict: () => [0, 0, 0] }, /Float32Array/],
  'gives nothing': ['predict', { predict: () => {} }, /Float32Array/],
  'proposes too much': ['propose', { propose: () => new Float64Array(10) }, /10 keys where 9/],
  'proposes no keys': ['propose', { propose: () => Float64Array.of(0.5) }, /no key/],
  'saves a text': ['save', { save: () => 'text' }, /Uint8Array/],
  'saves more than can be sent': ['save', { save: () => new Uint8Array(2 ** 26) }, /save\(\) gave 67108864 bytes/],
};

for (const [what, [hook, hooks, said]] of Object.entries(broken))
  test(`a predictor that ${what} ends the server, or is not named`, async (t) => {
    const definition = predictorWith(hooks);
    const heard: string[] = [];
    const failed = ({ plugin, hook: called, message }: Fault) => void heard.push(`${plugin}: ${called}: ${message}`);
    const { url } = await served(t, definition, { failed });
    const id = await session(url);
    const told = await call(url, id, hook, encodeCall(hook, inputs[hook] as never, definition));
    t.is(told.status, 500);
    const { message, ...rest } = told.said;
    t.regex(String(message), said);
    t.deepEqual(rest, { code: 'plugin_failed', hook, plugin: 'odd' });
    t.deepEqual(heard, [`odd: ${hook}: ${String(message)}`]);
    t.is((await ask(url)).status, 200);
  });

test('a predictor that cannot be created is served, or a session of such settings', async (t) => {
  const create = (settings: object) => {
    if ('bad' in settings) throw new RangeError('bad is bad');
    return { predict: ({ rows }: { rows: number }) => new Float32Array(rows) };
  };
  const definition = { ...predictorWith({}), create: ({ settings }: { settings: object }) => create(settings) };
  const error = await failsWith(t, 'FORESHARD_BAD_ARGUMENT', servePredictor(definition, { port: 0, settings: { bad: 1 } }));
  t.regex(error.message, /odd: create: bad is bad/);
  const { url } = await served(t, definition);
  const told = await begin(url, { settings: { bad: 1 } });
  t.is(told.status, 500);
  t.deepEqual(told.said, { code: 'plugin_failed', message: 'bad is bad', hook: 'create', plugin: 'odd' });
});

test('seed and settings of a session do not reach its predictor, or another one', async (t) => {
  const { url } = await served(t, everything, { settings: { factor: 2 } });
  const save = encodeCall('save', undefined, everything);
  for (const [body, sum] of [[{}, 2], [{ seed: 5 }, 10], [{ seed: 5, settings: { factor: 3 } }, 15]] as const) {
    const { bytes } = await call(url, await session(url, body), 'save', save);
    t.is(Buffer.from(decodeAnswer('save', new Uint8Array(bytes), undefined, everything)).toString(), String(sum));
  }
});

test('state is loaded into a predictor that has learned', async (t) => {
  const { url } = await served(t, everything);
  const id = await session(url);
  const load = encodeCall('load', Buffer.from('7'), everything);
  t.is((await call(url, id, 'load', load)).status, 204);
  t.is((await call(url, id, 'load', load)).status, 400);
});

test('a hook is not told that its caller does not wait much longer', async (t) => {
  const create = ({ shouldStop }: { shouldStop(): boolean }) => ({
    predict: ({ rows }: { rows: number }) => new Float32Array(rows).fill(Number(shouldStop())),
  });
  const { url } = await served(t, { ...predictorWith({}), create });
  const id = await session(url);
  for (const [time, stops] of [['0', 1], ['600000', 0], ['soon', 0]] as const) {
    const { bytes } = await call(url, id, 'predict', predictCall(3), { [remoteProtocol.timeHeader]: time });
    t.deepEqual(decodeAnswer('predict', new Uint8Array(bytes), inputs.predict, everything), new Float32Array(3).fill(stops), time);
  }
});

test('a hook that never comes back keeps its session, and its place', async (t) => {
  const definition = predictorWith({ learn: () => new Promise(() => {}) });
  const { url } = await served(t, definition, { limits: { hookMs: 50, sessions: 1 } });
  const id = await session(url);
  const told = await call(url, id, 'learn', encodeCall('learn', inputs.learn, definition));
  t.deepEqual([told.status, told.said.code], [500, 'plugin_failed']);
  t.is((await call(url, id, 'predict', predictCall())).status, 404);
  t.is((await begin(url)).status, 201);
});

test('a client that hangs up, or never ends its request, ends the server or stays', async (t) => {
  const { url } = await served(t, predictorWith({}), { limits: { headersMs: 1000, requestMs: 1500 } });
  const { hostname, port } = new URL(url);
  const host = `host: ${hostname}:${port}`;
  const lines = ['POST /v1/sessions HTTP/1.1', host, 'content-type: application/json', 'content-length: 100'];
  const head = lines.map((line) => `${line}\r\n`).join('');
  const texts = ['', 'rubbish\r\n\r\n', head, `${head}\r\n{`, `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`];
  const sockets = texts.map((text) => {
    const socket = connect(Number(port), hostname).on('error', () => {}).resume();
    socket.write(text);
    return once(socket, 'close');
  });
  await Promise.all(sockets);
  const gone = connect(Number(port), hostname);
  gone.write(`${head}\r\n{`);
  await once(gone, 'connect');
  gone.resetAndDestroy();
  t.is((await ask(url)).status, 200);
});

test('a request that is open is cut off when the server is closed, or keeps it for ever', async (t) => {
  const releases: (() => void)[] = [];
  const definition = predictorWith({ learn: () => new Promise<void>((resolve) => releases.push(resolve)) });
  const server = await servePredictor(definition, { port: 0, limits: { graceMs: 2000 } });
  const ids = [await session(server.url), await session(server.url)];
  const message = encodeCall('learn', inputs.learn, definition);
  const [first, second] = ids.map((id) => call(server.url, id, 'learn', message).then(({ status }) => status, () => 'cut off'));
  while (releases.length < 2) await sleep(5);
  const closed = server.close();
  await t.throwsAsync(ask(server.url), { message: /ECONNREFUSED|ECONNRESET|hang up/ });
  releases[0]!();
  t.deepEqual([await first, await second].toSorted(), [204, 'cut off']);
  await closed;
});

test('a port that is taken is listened on, or an address that there is not', async (t) => {
  const { url } = await served(t, everything);
  const taken = await failsWith(t, 'FORESHARD_IO', servePredictor(everything, { port: Number(new URL(url).port) }));
  t.regex(taken.message, /EADDRINUSE/);
  await failsWith(t, 'FORESHARD_IO', servePredictor(everything, { port: 0, host: '203.0.113.1' }));
});
