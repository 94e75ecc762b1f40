// Serves the heat of an open store on a socket in its directory. Nothing that a client does reaches the application:
// clients are few, what they send and leave unread is bounded, and their errors end with them.
import { unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { foreshardError, ForeshardError } from '../../errors/index.js';
import type { Heat } from '../heat.js';
import { Feed, SharedHotKeys } from './feed.js';
import { listenIn, socketPath } from './place.js';
import { parseRequest, type HeatErrorLine, type HeatRequest } from './protocol.js';
import { requestLine } from './request.js';

const clientsMax = 8;
/** Further ones are told so; beyond this they are not even that. */
const connectionsMax = 4 * clientsMax;
/** A client with more than this unread is passed over. */
const unreadMaxBytes = 2 ** 20;
/** How long one that was refused may take to read why. */
const farewellMs = 2000;
/** Lines take at most this share of the owner's thread, all clients together. */
const threadShare = 0.05;

const notThere = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP']);

export class HeatSocket {
  readonly #heat: Heat<unknown>;
  readonly #directory: string;
  readonly #server: Server;
  readonly #hotKeys: SharedHotKeys;
  readonly #connections = new Set<Socket>();
  #clients = 0;
  #closed: Promise<void> | undefined;

  /** Use openHeatSocket(). */
  constructor(heat: Heat<unknown>, directory: string) {
    this.#heat = heat;
    this.#directory = directory;
    this.#hotKeys = new SharedHotKeys(heat);
    this.#server = createServer((socket) => this.#accept(socket)).unref();
    this.#server.maxConnections = connectionsMax;
  }

  /** Rejects with FORESHARD_IO or FORESHARD_UNSUPPORTED; nothing is left then. */
  async listen(): Promise<void> {
    try {
      await listenIn(this.#directory, this.#server);
      this.#server.on('error', () => {}); // a client that could not be accepted
    } catch (cause) {
      this.#server.close();
      if (cause instanceof ForeshardError) throw cause;
      const { code = '', message } = cause as NodeJS.ErrnoException;
      const context = { directory: this.#directory, option: 'heatSocket' };
      throw foreshardError(notThere.has(code) ? 'unsupported' : 'io', `heatSocket: ${message}`, context, cause);
    }
  }

  /** The socket is gone when this returns, its clients when it resolves. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #close(): Promise<void> {
    try {
      unlinkSync(socketPath(this.#directory));
    } catch {
      // Somebody has removed it before, or it stays, and is replaced by the next owner's.
    }
    for (const socket of this.#connections) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    this.#connections.add(socket.unref());
    socket.on('error', () => {}); // it closes, too
    socket.once('close', () => this.#connections.delete(socket));
    if (this.#clients < clientsMax) void this.#serve(socket);
    else refuse(socket, foreshardError('busy', `the heat of this store has ${clientsMax} viewers already`));
  }

  async #serve(socket: Socket): Promise<void> {
    this.#clients++;
    try {
      await this.#send(socket, parseRequest(await requestLine(socket)));
    } catch (error) {
      refuse(socket, error);
    } finally {
      this.#clients--;
    }
  }

  /** Until the client or the store ends. */
  async #send(socket: Socket, { by, everyMs }: Required<HeatRequest>): Promise<void> {
    const feed = new Feed(this.#heat, this.#hotKeys, this.#directory, by);
    const ended = new AbortController();
    socket.once('close', () => ended.abort());
    while (!socket.destroyed) {
      let costMs = 0;
      if (socket.writableLength <= unreadMaxBytes) {
        const line = await feed.next();
        ({ costMs } = line);
        if (!socket.destroyed) socket.write(line.text);
      }
      const pauseMs = Math.max(everyMs, (costMs * this.#clients) / threadShare);
      await sleep(pauseMs, undefined, { ref: false, signal: ended.signal }).catch(() => {});
    }
  }
}

/** Tells a client why it is not served, and ends. */
function refuse(socket: Socket, error: unknown): void {
  if (socket.destroyed) return;
  const { code, detail } = error instanceof ForeshardError ? error : foreshardError('internal', String(error));
  socket.end(`${JSON.stringify({ error: { code, detail } } satisfies HeatErrorLine)}\n`);
  socket.resume(); // what it sends is not waited for, but would keep it from reading its end
  const timer = setTimeout(() => socket.destroy(), farewellMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Serves the heat of a store that this process has open, in its directory, until it is closed. */
export async function openHeatSocket(heat: Heat<unknown>, directory: string): Promise<HeatSocket> {
  const socket = new HeatSocket(heat, directory);
  await socket.listen();
  return socket;
}
