// The predictors remote, remote-load and remote-failure: the same as the one that is served, whatever the server does.
import type { Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import holtWinters from '../plugins/holt-winters/index.js';
import recordCost from '../plugins/record-cost/index.js';
import remoteFailure from '../plugins/remote/failure.js';
import remote from '../plugins/remote/index.js';
import remoteLoad from '../plugins/remote/load.js';
import { lessonOf, windowOf } from '../src/predictor/conformance/rows.js';
import type { AccessPredictor, Predictor, PredictorContext } from '../src/predictor/index.js';
import { servePredictor } from '../src/predictor/remote/index.js';
import { uniform } from '../src/predictor/random.js';
import { ask, everything, otherServer, predictorWith, served, session } from './support/remote.js';

const context = (settings: object, change: Partial<PredictorContext> = {}): PredictorContext => ({
  seed: 3,
  settings: settings as PredictorContext['settings'],
  shouldStop: () => false,
  ...change,
});
const access = (settings: object, change: Partial<PredictorContext> = {}) => remote.create(context(settings, change));
const batch = (rows = 40) => lessonOf(remote, rows, uniform(9));
const window = (first: number) => windowOf(first, 300, uniform(first));
const fails = (t: ExecutionContext, act: unknown, message: RegExp) => t.throwsAsync(async () => act, { message });

async function taught(predictor: AccessPredictor): Promise<AccessPredictor> {
  for (let i = 0; i < 4; i++) {
    await predictor.observe!(window(300 * i));
    await predictor.learn!(lessonOf(remote, 50, uniform(i)));
  }
  return predictor;
}

test('a predictor of access is another one over the wire', async (t) => {
  const { url } = await served(t, everything, { settings: { factor: 7 } });
  const near = everything.create(context({ factor: 5 }));
  const far = access({ url, settings: { factor: 5 } });
  for (const predictor of [near, far]) await taught(predictor);
  for (const limit of [0, 1, 50, 10_000_000]) t.deepEqual(await far.propose!(limit), await near.propose!(limit));
  for (const rows of [0, 1, 40, 20_000]) t.deepEqual(await far.predict(batch(rows)), await near.predict(batch(rows)));
  const loaded = access({ url });
  await loaded.load!(await far.save!());
  t.deepEqual(await loaded.predict(batch()), await near.predict(batch()));
  t.notDeepEqual(await access({ url }).predict(batch()), await near.predict(batch()));
});

for (const definition of [recordCost, holtWinters])
  test(`${definition.name} is another one over the wire`, async (t) => {
    const { url } = await served(t, definition);
    const [near, far] = [definition.create(context({})), remoteLoad.create(context({ url }))];
    for (let i = 0; i < 6; i++) {
      const lesson = lessonOf(remoteLoad, 60, uniform(i));
      for (const predictor of [near, far]) await predictor.learn!(lesson);
      t.deepEqual(await far.predict(lesson), await near.predict(lesson));
    }
    const loaded = remoteLoad.create(context({ url }));
    await loaded.load!(await far.save!());
    t.deepEqual(await loaded.predict(batchOfLoad()), await near.predict(batchOfLoad()));
  });

const batchOfLoad = () => lessonOf(remoteLoad, 30, uniform(4));

test('hooks that the predictor has not are called, or fail', async (t) => {
  const { url } = await served(t, predictorWith({}));
  const predictor = await taught(access({ url }));
  t.deepEqual(await predictor.propose!(5), new Float64Array());
  const state = await predictor.save!();
  await access({ url }).load!(state);
  t.deepEqual(await predictor.predict(batch(2)), new Float32Array(2));
});

test('a server that was started again knows nothing of what was saved', async (t) => {
  const first = await servePredictor(everything, { port: 0 });
  const { url } = first;
  const predictor = await taught(access({ url }));
  const before = await predictor.predict(batch());
  const fresh = await access({ url }).predict(batch());
  await first.close();
  await fails(t, predictor.predict(batch()), /server of predictors at http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  const port = Number(new URL(url).port);
  const second = await servePredictor(everything, { port });
  t.deepEqual(await predictor.predict(batch()), fresh, 'nothing was saved');
  await taught(predictor);
  await predictor.save!();
  await second.close();
  await served(t, everything, { port });
  t.deepEqual(await predictor.predict(batch()), before, 'it was saved');
});

test('state is lost where the server is started later than the store', async (t) => {
  const server = await servePredictor(everything, { port: 0 });
  const { url } = server;
  const learned = await taught(access({ url }));
  const [state, before] = [await learned.save!(), await learned.predict(batch())];
  await server.close();
  const predictor = access({ url });
  await predictor.load!(state);
  await fails(t, predictor.predict(batch()), /ECONNREFUSED/);
  await served(t, everything, { port: Number(new URL(url).port) });
  t.deepEqual(await predictor.predict(batch()), before);
});

test('a predictor gets the state of another one, or of another version', async (t) => {
  const one = await served(t, everything);
  const state = await (await taught(access({ url: one.url }))).save!();
  for (const [definition, said] of [
    [{ ...everything, version: 4 }, /everything, version 4; the state is of everything, version 3/],
    [{ ...everything, name: 'nothing' }, /nothing, version 3; the state is of everything/],
    [{ ...predictorWith({}), name: 'everything', version: 3 }, /has no hook load/],
  ] as [Predictor, RegExp][]) {
    const { url } = await served(t, definition);
    const predictor = access({ url });
    await fails(t, predictor.load!(state), said);
    t.is((await predictor.predict(batch(3))).length, 3, 'it does not begin afresh');
  }
  for (const bytes of [new Uint8Array(), Buffer.from('null\n'), Buffer.from('{"name":1}\n'), Buffer.from('rubbish\n')])
    await t.throwsAsync(async () => access({ url: one.url }).load!(bytes));
  const damaged = Buffer.concat([state.subarray(0, state.indexOf(10) + 1), Buffer.from('no sum')]);
  await fails(t, access({ url: one.url }).load!(damaged), /everything: load: this is no sum/);
});

test('another role or protocol, or unknown columns, are talked to', async (t) => {
  const { url } = await served(t, recordCost);
  await fails(t, access({ url }).predict(batch()), /record-cost is of role load, not of role access/);
  await fails(t, remoteFailure.create(context({ url })).predict(batch()), /not of role failure/);
  const about = { protocol: 1, name: 'mine', role: 'access', version: 1, columns: [], hooks: ['predict'] };
  const told = async (change: object) => {
    const body = JSON.stringify({ ...about, ...change });
    return access({ url: await otherServer(t, (socket) => answers(socket, body)) });
  };
  await fails(t, (await told({ protocol: 2 })).predict(batch()), /version 2 of the protocol, and this is version 1/);
  await fails(t, (await told({ columns: ['weather'] })).predict(batch()), /column weather/);
  await fails(t, (await told({ columns: undefined })).predict(batch()), /does not say name, version, columns and hooks/);
  await fails(t, (await told({})).predict(batch()), /does not say which session/);
});

const withHead = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** Whatever is asked for. */
const answers = (socket: Socket, body: string) => void socket.on('data', () => socket.write(withHead(body)));

const broken: Record<string, [act: (predictor: AccessPredictor) => unknown, hooks: Record<string, unknown>, said: RegExp]> = {
  'throws': [
    (predictor) => predictor.predict(batch()),
    { predict: () => Promise.reject(new Error('no idea')) },
    /odd: predict: no idea/,
  ],
  'gives NaN': [
    (predictor) => predictor.predict(batch()),
    { predict: ({ rows }: { rows: number }) => new Float32Array(rows).fill(NaN) },
    /odd: predict: predict\(\) gave NaN for row 0/,
  ],
  'gives too few numbers': [
    (predictor) => predictor.predict(batch()),
    { predict: () => new Float32Array(2) },
    /odd: predict: predict\(\) gave 2 numbers for 40 rows/,
  ],
  'proposes too much': [
    (predictor) => predictor.propose!(9),
    { propose: () => new Float64Array(10) },
    /odd: propose: propose\(\) gave 10 keys/,
  ],
  'does not learn': [(predictor) => predictor.learn!(batch()), { learn: () => Promise.reject(new Error('no')) }, /odd: learn: no/],
};

for (const [what, [act, hooks, said]] of Object.entries(broken))
  test(`who it was that ${what} is not told over the wire`, async (t) => {
    const { url } = await served(t, predictorWith(hooks));
    await fails(t, act(access({ url })), said);
  });

/** A message of the protocol that answers predict(). */
function prediction(values: readonly number[], change: (bytes: Buffer) => void = () => {}): string {
  const bytes = Buffer.alloc(40 + 8 * Math.ceil(values.length / 2));
  bytes.write('FSPM');
  bytes.writeUInt16LE(1, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(values.length, 8);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 40 + 4 * i);
  change(bytes);
  return bytes.toString('latin1');
}

/** A server that is honest about its predictor and its session; what it answers to hooks is up to `hook`, which may be nothing. */
function answeringHooks(t: ExecutionContext, hook: (asked: string) => string | undefined): Promise<string> {
  const about = { protocol: 1, name: 'mine', role: 'access', version: 1, columns: ['age'], hooks: ['predict', 'learn'] };
  return otherServer(t, (socket) => {
    socket.on('data', (chunk: Buffer) => {
      const asked = chunk.toString('latin1');
      if (!/^\w+ \/v1\//.test(asked)) return; // the rest of a body
      const told = asked.startsWith('GET') ? JSON.stringify(about) : '{"session":"one"}';
      const answer = asked.startsWith('POST /v1/sessions/') ? hook(asked) : told;
      if (answer !== undefined) socket.write(withHead(answer), 'latin1');
    });
  });
}

test('an answer in the form of the documentation is not understood', async (t) => {
  const url = await answeringHooks(t, () => prediction([1, -2]));
  t.deepEqual(await access({ url }).predict(batch(2)), Float32Array.of(1, -2));
});

const rubbish: Record<string, [body: string, said: RegExp]> = {
  'no message': ['rubbish', /mine: predict: 7 bytes are no message/],
  'nothing': ['', /mine: predict: predict\(\) must give/],
  'a message of another version': [prediction([1, 2], (bytes) => bytes.writeUInt16LE(2, 4)), /version 2, not 1/],
  'a message of another hook': [prediction([1, 2], (bytes) => bytes.writeUInt16LE(2, 6)), /hook propose, not predict/],
  'rows that are not there': [prediction([1, 2], (bytes) => bytes.writeUInt32LE(2 ** 20, 8)), /ends within its arrays/],
  'more rows than can be': [prediction([1, 2], (bytes) => bytes.writeUInt32LE(2 ** 32 - 1, 8)), /4294967295 rows/],
  'too few numbers': [prediction([1]), /1 numbers for 2 rows/],
  'what is not finite': [prediction([1, Infinity]), /Infinity for row 1/],
};

for (const [what, [body, said]] of Object.entries(rubbish))
  test(`${what} is taken for a prediction`, async (t) => {
    await fails(t, access({ url: await answeringHooks(t, () => body) }).predict(batch(2)), said);
  });

const strange: Record<string, [serve: (socket: Socket) => void, said: RegExp]> = {
  'never answers': [() => {}, /it has not answered in time/],
  'stops within its answer': [
    (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'),
    /it has not answered in time/,
  ],
  'hangs up': [(socket) => void socket.once('data', () => socket.destroy()), /socket hang up|ECONNRESET/],
  'hangs up within its answer': [(socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'), /it was cut off/],
  'speaks another language': [(socket) => void socket.end('+PONG\r\n'), /no HTTP/],
  'answers no JSON': [(socket) => answers(socket, '<html>'), /no JSON/],
  'answers another JSON': [(socket) => answers(socket, '7'), /no JSON/],
  'answers with an error that it does not explain': [
    (socket) => void socket.end('HTTP/1.1 418 Teapot\r\ncontent-length: 0\r\n\r\n'),
    /status 418/,
  ],
  'answers without end': [(socket) => endless(socket, 'HTTP/1.1 200 OK\r\n\r\n'), /answers more than 65536 bytes/],
  'has a head without end': [(socket) => endless(socket, 'HTTP/1.1 200 OK\r\nx-'), /no HTTP/],
};

function endless(socket: Socket, text: string): void {
  const more = () => {
    while (!socket.destroyed && socket.write('x'.repeat(16_384)));
  };
  socket.on('drain', more).write(text);
  more();
}

for (const [what, [serve, said]] of Object.entries(strange))
  test(`a server that ${what} keeps a hook for ever, or is not told of`, async (t) => {
    const timeoutMs = said.source.includes('in time') ? 500 : 20_000;
    await fails(t, access({ url: await otherServer(t, serve), timeoutMs }).predict(batch()), said);
  });

test('a predictor that never comes back keeps a hook for ever', async (t) => {
  const { url } = await served(t, predictorWith({ predict: () => new Promise(() => {}) }), { limits: { hookMs: 2000 } });
  await fails(t, access({ url, timeoutMs: 300 }).predict(batch()), /it has not answered in time/);
});

test('a lesson that was given up is sent again', async (t) => {
  let lessons = 0;
  const learned = () => (lessons++ === 0 ? '' : undefined);
  const url = await answeringHooks(t, (asked) => (asked.includes('/learn') ? learned() : prediction([1, 2])));
  const predictor = access({ url }, { shouldStop: () => lessons === 2 });
  await predictor.learn!(batch());
  await predictor.learn!(batch()); // on the same connection
  await predictor.predict(batch(2)); // what was sent before has come by then
  t.is(lessons, 2);
});

test('a connection that was closed meanwhile fails a hook', async (t) => {
  let connections = 0;
  const url = await otherServer(t, (socket) => {
    connections++;
    const body = JSON.stringify({ protocol: 1, name: 'mine', role: 'access', version: 1, columns: [], hooks: [] });
    socket.once('data', () => {
      socket.write(withHead(body));
      socket.once('data', () => socket.resetAndDestroy()); // as if the second question had come too late
    });
  });
  await fails(t, access({ url }).predict(batch()), /does not say which session/);
  t.is(connections, 2);
});

test('a lesson goes on for long when time is over, or fails', async (t) => {
  let isOver = false;
  let stopped: (value: boolean) => void = () => {};
  const wasStopped = new Promise<boolean>((resolve) => (stopped = resolve));
  const definition = {
    ...predictorWith({}),
    create: ({ shouldStop }: PredictorContext) => ({
      predict: ({ rows }: { rows: number }) => new Float32Array(rows),
      async learn() {
        isOver = true;
        while (!shouldStop()) await new Promise((resolve) => setTimeout(resolve, 5));
        stopped(true);
      },
    }),
  };
  const { url } = await served(t, definition);
  const predictor = access({ url, timeoutMs: 60_000 }, { shouldStop: () => isOver });
  await predictor.learn!(batch());
  t.true(await wasStopped);
  t.is((await predictor.predict(batch(2))).length, 2);
});

test('a server that has no room fails without a word, or for good', async (t) => {
  const { url } = await served(t, everything, { limits: { sessions: 1 } });
  const other = await session(url);
  const predictor = access({ url });
  const state = Buffer.from('{"name":"everything","version":3}\n12');
  await predictor.load!(state);
  await fails(t, predictor.predict(batch()), /there are 1 sessions already/);
  await ask(url, { method: 'DELETE', path: `/v1/sessions/${other}` });
  t.deepEqual(await predictor.save!(), new Uint8Array(state));
});
