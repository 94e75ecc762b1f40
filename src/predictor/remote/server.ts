// Serves a predictor to other processes, over HTTP:
//
//   GET    /v1/predictor          {"protocol":1,"name":"mine","role":"access","version":1,"columns":["age"],"hooks":["predict"]}
//   POST   /v1/sessions           {"seed":1,"settings":{}} -> {"session":ID}: a predictor of its own, that has learned nothing
//   POST   /v1/sessions/ID/HOOK   a message -> a message, or 204 where the hook answers nothing; see message.ts and hooks.ts
//   DELETE /v1/sessions/ID        204
//   errors                        {"code":"plugin_failed","message":"no idea","plugin":"mine","hook":"predict"}; see fault.ts
//
// Nothing that a client does ends the server, and all that it may take is bounded. Calls of a session are answered one after the
// other. It knows nobody: whoever reaches it may use it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { foreshardError } from '../../errors/index.js';
import type { Predictor } from '../define.js';
import { Fault, faultOf } from './fault.js';
import { admit, hostCheck, hostText, isLoopback, type HostCheck } from './gate.js';
import { limitDefaults, type ServeLimits } from './limits.js';
import { json, PredictorService, type Answer } from './service.js';

export interface ServeOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** 0: any that is free. Default: 7431. */
  readonly port?: number;
  /** Of every session; those that a client gives come above. Default: none. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly limits?: Partial<ServeLimits>;
  /** Hears of hooks that have failed. */
  failed?(fault: Fault): void;
}

export const serveDefaults = { host: '127.0.0.1', port: 7431 } as const;

const keepAliveTimeout = 60_000;
const connectionsCheckingInterval = 1000;
const maxHeaderSize = 8192;
/** Connections for each request that may be open. */
const connectionsPerRequest = 4;

/** A predictor that is served until it is closed. */
export class PredictorServer {
  readonly #service: PredictorService;
  readonly #options: ServeOptions;
  readonly #limits: ServeLimits;
  readonly #server: Server;
  #address: AddressInfo = { address: '', family: '', port: 0 };
  #isHost: HostCheck = () => false;
  #requests = 0;

  /** Use servePredictor(). */
  constructor(definition: Predictor, options: ServeOptions) {
    this.#options = options;
    this.#limits = { ...limitDefaults, ...options.limits };
    this.#service = new PredictorService(definition, options.settings ?? {}, this.#limits);
    const { headersMs: headersTimeout, requestMs: requestTimeout, requests } = this.#limits;
    const bounds = { headersTimeout, requestTimeout, connectionsCheckingInterval, keepAliveTimeout, maxHeaderSize };
    this.#server = createServer(bounds, (request, response) => void this.#serve(request, response));
    this.#server.maxConnections = connectionsPerRequest * requests;
  }

  /** Rejects with FORESHARD_IO. */
  async listen(): Promise<void> {
    const { host = serveDefaults.host, port = serveDefaults.port } = this.#options;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject).listen({ host, port, exclusive: true }, resolve);
      });
    } catch (cause) {
      this.#service.end();
      throw foreshardError('io', `${hostText(host)}:${port}: ${(cause as Error).message}`, { host, port }, cause);
    }
    this.#server.on('error', () => {}); // a client that could not be accepted
    this.#address = this.#server.address() as AddressInfo;
    this.#isHost = hostCheck(host, this.#address);
  }

  /** Where it listens. */
  get url(): string {
    return `http://${hostText(this.#address.address)}:${this.#address.port}`;
  }

  /** Only programs on this machine reach it. */
  get isLocal(): boolean {
    return isLoopback(this.#address.address);
  }

  /** Open requests end, or are cut off after a while. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const timer = setTimeout(() => this.#server.closeAllConnections(), this.#limits.graceMs);
    await closed;
    clearTimeout(timer);
    this.#service.end();
  }

  /** A request counts until nothing is left of it, neither work nor answer. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = new Promise((resolve) => response.once('close', resolve));
    request.on('error', () => {}); // whoever reads it gets it
    response.on('error', () => {});
    this.#requests++;
    try {
      this.#send(request, response, await this.#answer(request));
      await closed;
    } finally {
      this.#requests--;
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    try {
      admit(request, this.#isHost);
      if (this.#requests > this.#limits.requests) throw new Fault('busy', `${this.#limits.requests} requests are open already`);
      return await this.#service.answer(request);
    } catch (error) {
      const fault = faultOf(error);
      if (fault.code === 'plugin_failed') this.#options.failed?.(fault);
      return json(fault.body, fault.status);
    }
  }

  #send({ socket }: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
    if (response.destroyed) return;
    response.statusCode = status;
    response.setHeader('cache-control', 'no-store');
    if (type !== undefined) response.setHeader('content-type', type);
    if (body !== undefined) response.setHeader('content-length', Buffer.byteLength(body));
    if (!this.#server.listening) response.setHeader('connection', 'close');
    response.setTimeout(this.#limits.answerMs, () => socket.destroy());
    response.end(body);
  }
}

/**
 * Serves a predictor to other processes, each of which gets a predictor of its own (a session). Throws FORESHARD_BAD_ARGUMENT if it
 * cannot be created with the settings, FORESHARD_IO if the port cannot be listened on.
 */
export async function servePredictor(definition: Predictor, options: ServeOptions = {}): Promise<PredictorServer> {
  const server = made(definition, options);
  await server.listen();
  return server;
}

function made(definition: Predictor, options: ServeOptions): PredictorServer {
  try {
    return new PredictorServer(definition, options);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const context = { plugin: definition.name, hook: 'create' };
    throw foreshardError('bad_argument', `predictor ${definition.name}: create: ${error.message}`, context, error.cause);
  }
}
