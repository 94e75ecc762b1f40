// The heat socket of an open store: who may reach it, what its clients get, and that none of them does harm.
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { heatFrames, type FirstHeatFrame, type HeatFrame } from '../src/heat/index.js';
import { open, type OpenOptions, type Store } from '../src/index.js';
import { collect, eachBackend, failsWith, freshDirectory, sleep, smallStore } from './support/stores.js';
import { start, startWorker } from './support/programs.js';

const shown = { ...smallStore, heatSocket: true } as const;
const socketOf = (directory: string) => join(directory, 'heat.sock');
const namesOfHeat = (directory: string) => readdirSync(directory).filter((name) => name.startsWith('heat'));
const total = (frame: HeatFrame) => frame.map.slices.reduce((sum, { reads, writes }) => sum + reads[1]! + writes[1]!, 0);

async function shownStore(t: { teardown(end: () => Promise<void>): void }, options: OpenOptions = {}): Promise<Store> {
  const store = (await open(freshDirectory(), { ...shown, ...options } as typeof shown)) as unknown as Store;
  t.teardown(() => store.close());
  return store;
}

/** Under load until the work has ended. */
async function whileReading<Result>(store: Store, work: Promise<Result>): Promise<Result> {
  const timer = setInterval(() => Array.from({ length: 50 }, () => store.getSync('key')), 5);
  return work.finally(() => clearInterval(timer));
}

async function firstFrames(directory: string, count: number, by: 'shard' | 'page' = 'shard'): Promise<HeatFrame[]> {
  const frames: HeatFrame[] = [];
  for await (const frame of (await heatFrames(directory, { by, everyMs: 100 }))!) if (frames.push(frame) === count) break;
  return frames;
}

/** A client that sends what it is told to, and answers all that it is told until the end. */
async function talk(directory: string, text: string | Buffer): Promise<string> {
  const socket = connect(socketOf(directory));
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString())).on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return heard;
}

const changesIn = (frame: HeatFrame) => ('changes' in frame ? frame.changes.map(({ at }) => at) : []);
const codeIn = (line: string) => (JSON.parse(line) as { error: { code: string } }).error.code;

eachBackend('a store shows its heat without being told to', async (t, { directory, open: reopen }) => {
  await reopen();
  t.deepEqual(namesOfHeat(directory), []);
  t.is(await heatFrames(directory), undefined);
});

eachBackend('others may reach the socket, or it stays behind', async (t, { directory, open: reopen }) => {
  const store = await reopen({ heatSocket: true });
  t.deepEqual(namesOfHeat(directory), ['heat.sock']);
  t.is(statSync(socketOf(directory)).mode & 0o7777, 0o600);
  await store.close();
  t.deepEqual(namesOfHeat(directory), []);
});

test('frames do not tell the load, or splits twice or never', async (t) => {
  const store = await shownStore(t, { partition: false });
  await store.batch(Array.from({ length: 2000 }, (_, i) => ({ type: 'put', key: `k${i}`, value: Buffer.alloc(50) })));
  await store.put('key', Buffer.from('value'));
  await store.shards.split(0);
  await sleep(50); // its event
  const frames = (await heatFrames(store.directory, { by: 'page', everyMs: 100 }))![Symbol.asyncIterator]();
  const next = async () => (await frames.next()).value as HeatFrame;
  const first = (await next()) as FirstHeatFrame;
  t.deepEqual([first.version, first.pid, first.directory], [1, process.pid, store.directory]);
  t.deepEqual([first.history.changes.length, first.hotKeys.length, first.map.slices.at(-1)!.to], [1, 10, 1]);
  await store.shards.split(1);
  const changes: number[] = [];
  await whileReading(store, (async () => {
    let frame: HeatFrame;
    do changes.push(...changesIn((frame = await next())));
    while (changes.length === 0 || total(frame) === 0);
  })());
  for (let i = 0; i < 3; i++) changes.push(...changesIn(await next()));
  t.is(changes.length, 1);
  await frames.return!();
});

test('a key that is no UTF-8 breaks a frame', async (t) => {
  const store = await shownStore(t);
  const odd = Buffer.from([0xff, 0xfe, 0x01]);
  await store.put(odd, Buffer.from('value'));
  for (let i = 0; i < 100; i++) store.getSync(odd);
  const [frame] = await firstFrames(store.directory, 1);
  t.is(frame!.hotKeys[0]!.key, '0xfffe01');
});

test('requests that are none are served, or left without a reason', async (t) => {
  const { directory } = await shownStore(t);
  for (const request of ['no json\n', '[]\n', 'null\n', '7\n', '\n', `${' '.repeat(5000)}\n`, Buffer.alloc(100_000, 7)])
    t.is(codeIn(await talk(directory, request)), 'FORESHARD_BAD_ARGUMENT', String(request).slice(0, 20));
  for (const request of ['{"by":"key"}\n', '{"everyMs":99}\n', '{"everyMs":60001}\n', '{"everyMs":"1000"}\n', '{"by":null}\n'])
    t.is(codeIn(await talk(directory, request)), 'FORESHARD_BAD_OPTION', request);
  await failsWith(t, 'FORESHARD_BAD_OPTION', heatFrames(directory, { everyMs: 1 }));
});

test('a client that asks for nothing stays', async (t) => {
  const { directory } = await shownStore(t);
  t.is(codeIn(await talk(directory, '{"by":')), 'FORESHARD_BAD_ARGUMENT');
});

test('a client that comes and goes, or sends on and on, does harm', async (t) => {
  const store = await shownStore(t);
  const gone = Array.from({ length: 30 }, async (_, i) => {
    const socket = connect(socketOf(store.directory)).on('error', () => {});
    await once(socket, 'connect').catch(() => {});
    if (i % 3 > 0) socket.write(i % 3 === 1 ? '{"by":"page"}\n' : '{"by":"sh');
    socket.destroy();
  });
  await Promise.all(gone);
  const flood = connect(socketOf(store.directory)).on('error', () => {});
  t.teardown(async () => void flood.destroy());
  for (let i = 0; i < 100; i++) flood.write(`{}\n${'x'.repeat(10_000)}`);
  let frames: HeatFrame[] | undefined;
  // Those that went may still count.
  while (frames === undefined) frames = await firstFrames(store.directory, 2).catch(() => undefined);
  t.is(frames.length, 2);
});

test('a client that never reads makes the store keep line after line', async (t) => {
  const store = await shownStore(t, { shards: 1024 } as OpenOptions);
  const sockets: Socket[] = [];
  t.teardown(async () => sockets.forEach((socket) => socket.destroy()));
  for (let i = 0; i < 7; i++) {
    const socket = connect(socketOf(store.directory)).on('error', () => {});
    sockets.push(socket.pause());
    socket.write('{"by":"shard","everyMs":100}\n');
  }
  const before = process.memoryUsage().heapUsed;
  t.is((await firstFrames(store.directory, 3)).length, 3);
  t.true(process.memoryUsage().heapUsed - before < 200 * 2 ** 20);
});

test('a ninth client is served, or keeps the eight from it', async (t) => {
  const { directory } = await shownStore(t);
  const clients = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const frames = (await heatFrames(directory, { everyMs: 100 }))![Symbol.asyncIterator]();
      await frames.next();
      return frames;
    }),
  );
  t.is(codeIn(await talk(directory, '{}\n')), 'FORESHARD_BUSY');
  await failsWith(t, 'FORESHARD_BUSY', collect((await heatFrames(directory))!));
  for (const client of clients) t.false((await client.next()).done);
  await Promise.all(clients.map((client) => client.return!()));
});

test('close() waits for clients, or they for it', async (t) => {
  const store = await shownStore(t);
  const reading = (await heatFrames(store.directory, { everyMs: 100 }))![Symbol.asyncIterator]();
  t.false((await reading.next()).done);
  const silent = connect(socketOf(store.directory)).on('error', () => {});
  await once(silent, 'connect');
  const deaf = connect(socketOf(store.directory)).on('error', () => {}).pause();
  deaf.write('{}\n');
  await Promise.all([store.close(), store.close()]);
  while (!(await reading.next()).done);
  t.false(existsSync(socketOf(store.directory)));
  for (const socket of [silent, deaf]) socket.destroy();
});

test('a client, or the socket, keeps a process alive that has nothing to do', async (t) => {
  const directory = freshDirectory();
  const idle = start('program-heat', directory, 'idle');
  await idle.said('opened');
  const frames = await heatFrames(directory, { everyMs: 100 });
  if (frames !== undefined) await collect(frames);
  t.is((await idle.ended).code, 0);
});

test('the socket of a killed process stays in the way', async (t) => {
  const directory = freshDirectory();
  const killed = start('program-heat', directory);
  await killed.said('opened');
  killed.process.kill('SIGKILL');
  await killed.ended;
  t.true(existsSync(socketOf(directory)));
  t.is(await heatFrames(directory), undefined);
  mkdirSync(join(directory, 'heat.sock-abc123'));
  writeFileSync(join(directory, 'heat.sock-abc123/s'), '');
  const store = await open(directory, shown);
  t.teardown(() => store.close());
  t.deepEqual(namesOfHeat(directory), ['heat.sock']);
  t.is(((await firstFrames(directory, 1))[0] as FirstHeatFrame).pid, process.pid);
});

test('leftovers of the socket are in the way of a backup, or copied by it', async (t) => {
  const store = await shownStore(t);
  mkdirSync(join(store.directory, 'heat.sock-abc123'));
  const to = join(freshDirectory(), 'copy');
  await store.backup(to);
  t.deepEqual(namesOfHeat(to), []);
});

test('a worker cannot show its heat', async (t) => {
  const directory = freshDirectory();
  const worker = startWorker('program-heat', [directory]);
  t.deepEqual(await once(worker, 'message'), ['opened']);
  t.is(statSync(socketOf(directory)).mode & 0o7777, 0o600);
  t.is((await firstFrames(directory, 2)).length, 2);
  await worker.terminate();
});

test('a long path is cut off, and another file made the socket', async (t) => {
  const directory = join(freshDirectory(), 'x'.repeat(150));
  const opening = open(directory, shown);
  if (process.platform !== 'linux') return void (await failsWith(t, 'FORESHARD_UNSUPPORTED', opening));
  const store = await opening;
  t.teardown(() => store.close());
  t.true(statSync(socketOf(directory)).isSocket());
  t.is((await firstFrames(directory, 2)).length, 2);
});

test('a socket that cannot be made leaves the store open', async (t) => {
  const directory = freshDirectory();
  mkdirSync(socketOf(directory));
  const error = await failsWith(t, 'FORESHARD_IO', open(directory, shown));
  t.is(error.context.option, 'heatSocket');
  t.deepEqual(namesOfHeat(directory), ['heat.sock']);
  await (await open(directory, smallStore)).close();
});

test('heatSocket is taken where no heat is tracked', async (t) => {
  const error = await failsWith(t, 'FORESHARD_BAD_OPTION', open('nowhere', { heatSocket: true, trackHeat: false }));
  t.is(error.context.option, 'heatSocket');
});
