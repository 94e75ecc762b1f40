// redis-server with appendfsync always, on a socket of its own in the store's folder; the client is node-redis.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { moduleOf } from './installed.js';
import type { Peer, PeerStore } from './peer.js';

interface Client {
  connect(): Promise<unknown>;
  ping(): Promise<unknown>;
  set(key: string, value: Buffer): Promise<unknown>;
  mSet(pairs: readonly [string, Buffer][]): Promise<unknown>;
  get(key: string): Promise<Buffer | null>;
  mGet(keys: readonly string[]): Promise<(Buffer | null)[]>;
  withTypeMapping(mapping: Record<number, unknown>): Client;
  destroy(): void;
}
interface Module {
  createClient(options: { socket: { path: string } }): Client;
  RESP_TYPES: { BLOB_STRING: number };
}

async function started(server: ChildProcess, socket: string): Promise<void> {
  while (!existsSync(socket)) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
    await sleep(1);
  }
}

/** It answers before it has read its log, and then only that it is not ready. */
async function loaded(client: Client): Promise<void> {
  for (;;) {
    try {
      await client.ping();
      return;
    } catch (error) {
      if (!(error as Error).message.startsWith('LOADING')) throw error;
      await sleep(1);
    }
  }
}

async function connected(socket: string): Promise<Client> {
  const { createClient, RESP_TYPES } = moduleOf<Module>('redis');
  const client = createClient({ socket: { path: socket } });
  await client.connect();
  await loaded(client);
  return client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}

async function open(directory: string): Promise<PeerStore> {
  const socket = join(directory, 'redis.sock');
  const files = ['--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const server = spawn('redis-server', [...files, '--port', '0', '--unixsocket', socket], { stdio: 'ignore' });
  await started(server, socket);
  const client = await connected(socket);
  const orNothing = (value: Buffer | null) => value ?? undefined;
  return {
    serverPid: server.pid,
    put: (key, value) => client.set(key, value),
    batch: (records) => client.mSet(records.map(({ key, value }) => [key, value])),
    get: async (key) => orNothing(await client.get(key)),
    getMany: async (keys) => (await client.mGet(keys)).map(orNothing),
    async close() {
      client.destroy();
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
  };
}

export const redis: Peer = {
  name: 'redis',
  use: 'redis-server over a Unix socket, appendfsync always; node-redis pipelines the requests of a turn',
  version: () => /v=(\S+)/.exec(spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '')![1]!,
  open,
};
