// Predictors over the wire in tests: a server, requests as any client may send them, and predictors to serve.
import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';
import { lessonOf, windowOf } from '../../src/predictor/conformance/rows.js';
import {
  definePredictor,
  remoteProtocol,
  type AccessLesson,
  type AccessPredictor,
  type AccessWindow,
  type HookInputs,
  type Predictor,
  type Role,
  type RolePredictors,
} from '../../src/predictor/index.js';
import { uniform } from '../../src/predictor/random.js';
import { servePredictor, type PredictorServer, type ServeOptions } from '../../src/predictor/remote/index.js';

/** A server for one test, on a port of its own. */
export async function served(t: ExecutionContext, definition: Predictor, options: ServeOptions = {}): Promise<PredictorServer> {
  const server = await servePredictor(definition, { port: 0, ...options });
  t.teardown(() => server.close());
  return server;
}

export interface Told {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Uint8Array;
  /** The body as JSON, if it is. */
  readonly said: Record<string, unknown>;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export async function ask(url: string, { method = 'GET', path = '/v1/predictor', headers, body }: Asked = {}): Promise<Told> {
  const sent = request(new URL(path, url), { method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const bytes = await buffer(response);
  const isJson = response.headers['content-type'] === 'application/json';
  return {
    status: response.statusCode!,
    headers: response.headers,
    bytes,
    said: isJson ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {},
  };
}

export const begin = (url: string, body: unknown = {}): Promise<Told> =>
  ask(url, { method: 'POST', path: '/v1/sessions', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

export const session = async (url: string, body: unknown = {}): Promise<string> => String((await begin(url, body)).said.session);

export function call(url: string, id: string, hook: string, body: Uint8Array, more: OutgoingHttpHeaders = {}): Promise<Told> {
  const headers = { 'content-type': remoteProtocol.type, ...more };
  return ask(url, { method: 'POST', path: `/v1/sessions/${id}/${hook}`, headers, body });
}

/** A server that is none of ours: it does what it is told with each connection. */
export async function otherServer(t: ExecutionContext, serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A predictor with these hooks, that wants the age. */
export const predictorWith = <R extends Role = 'access'>(
  hooks: Partial<Record<keyof AccessPredictor, unknown>>,
  { name = 'odd', role = 'access' as R, columns = ['age'] as const }: { name?: string; role?: R; columns?: readonly string[] } = {},
): Predictor<R> =>
  definePredictor({
    name,
    role,
    columns: columns as never,
    create: () => ({ predict: ({ rows }: { rows: number }) => new Float32Array(rows), ...hooks }) as RolePredictors[R],
  });

const mixed = (sum: number, value: number): number => Math.abs((sum * 33 + value * 7) % 1_000_003);

/** All that it was ever told, in one number; each prediction depends on it, and on all that belongs to the row. */
class Everything implements AccessPredictor<'age' | 'dayPart'> {
  #sum: number;
  #latest = new Float64Array();

  constructor(seed: number, factor: number) {
    this.#sum = seed * factor;
  }

  #add(...numbers: ArrayLike<number>[]): void {
    for (const values of numbers) for (let i = 0; i < values.length; i++) this.#sum = mixed(this.#sum, values[i]!);
  }

  observe({ first, keys, times, writes, sizes }: AccessWindow): void {
    this.#add([first], keys, times, writes, sizes);
    this.#latest = keys.slice();
  }

  propose(limit: number): Float64Array {
    return this.#latest.slice(0, limit);
  }

  learn({ rows, columns, keys, budget, horizon, targets, weights }: AccessLesson<'age' | 'dayPart'>): void {
    this.#add([rows, budget, horizon], columns.dayPart, columns.age, keys, targets, weights);
  }

  predict({ rows, columns, keys, budget }: Parameters<AccessPredictor<'age' | 'dayPart'>['predict']>[0]): Float32Array {
    const of = (row: number) => [columns.age[row]!, columns.dayPart[row]!, keys[row]!, budget, rows].reduce(mixed, this.#sum);
    return Float32Array.from({ length: rows }, (_, row) => of(row));
  }

  save(): Uint8Array {
    return Buffer.from(`${this.#sum}`); // of the pool of Node, at any place
  }

  load(state: Uint8Array): void {
    const sum = Number(Buffer.from(state).toString());
    if (!Number.isFinite(sum)) throw new Error('this is no sum');
    this.#sum = sum;
  }
}

/** `settings.factor` weighs the seed. */
export const everything = definePredictor({
  name: 'everything',
  role: 'access',
  columns: ['dayPart', 'age'],
  version: 3,
  create: ({ seed, settings: { factor = 1 } }) => new Everything(seed, factor as number),
});

const lesson = lessonOf(everything, 3, uniform(1));

/** For a call of each hook of everything. */
export const inputs: HookInputs = {
  observe: windowOf(77, 5, uniform(2)),
  propose: 9,
  learn: { ...lesson, horizon: 12 },
  predict: { rows: 3, columns: lesson.columns, keys: lesson.keys, budget: lesson.budget },
  save: undefined,
  load: Uint8Array.of(1, 2, 3),
};
