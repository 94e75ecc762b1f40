// Where the heat socket of a store is, and how it gets there: owned by the user alone from its first moment on.
//
// It is bound within a directory that nobody else may enter, given its permissions, and moved to its place. A crash in
// between leaves that directory behind, which the next owner removes; a socket of a crashed owner is replaced. The lock of
// the store makes sure that there is one owner.
import { once } from 'node:events';
import { chmod, mkdtemp, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { foreshardError } from '../../errors/index.js';

const socketName = 'heat.sock';
const boundName = 's';
const leftover = /^heat\.sock-[A-Za-z0-9]{6}$/;
/** Longest address of a socket in bytes, without the zero at its end. */
const addressMax = process.platform === 'linux' ? 107 : 103;

export const socketPath = (directory: string): string => join(directory, socketName);

/** Makes a server listen at the socket of a store's directory, which this process owns. */
export async function listenIn(directory: string, server: Server): Promise<void> {
  await removeLeftovers(directory);
  const room = await mkdtemp(`${socketPath(directory)}-`);
  try {
    await withAddress(room, boundName, (address) => listening(server, address));
    await chmod(join(room, boundName), 0o600);
    await rename(join(room, boundName), socketPath(directory));
  } finally {
    await removeRoom(room);
  }
}

/** Connects to the socket of a store; rejects as the system does. */
export function connectIn(directory: string): Promise<Socket> {
  return withAddress(directory, socketName, async (address) => {
    const socket = connect(address);
    await once(socket, 'connect');
    return socket;
  });
}

/** Of this process alone, even if it is one of a cluster. */
function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A path that is too long for a socket is reached through a handle of its directory, where the system has those as paths. */
async function withAddress<Result>(directory: string, name: string, use: (address: string) => Promise<Result>): Promise<Result> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= addressMax) return use(path);
  if (process.platform !== 'linux')
    throw foreshardError('unsupported', `${path} is too long for a socket: at most ${addressMax} bytes`, { directory });
  const handle = await open(directory, 'r');
  try {
    return await use(`/proc/self/fd/${handle.fd}/${name}`);
  } finally {
    await handle.close();
  }
}

async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory);
  for (const name of names.filter((one) => leftover.test(one))) await removeRoom(join(directory, name));
}

/** Nothing but what was made here is removed. */
async function removeRoom(room: string): Promise<void> {
  await unlink(join(room, boundName)).catch(() => {});
  await rmdir(room).catch(() => {});
}
