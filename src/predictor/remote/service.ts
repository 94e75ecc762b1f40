// What a server of predictors answers at which path; see server.ts.
import type { IncomingMessage } from 'node:http';
import type { Predictor } from '../define.js';
import { readBody } from './body.js';
import { Fault } from './fault.js';
import { requireType } from './gate.js';
import type { ServeLimits } from './limits.js';
import { remoteHooks, remoteProtocol, type RemoteHook } from './message.js';
import { Session, type Caller, type SessionOptions } from './session.js';
import { Sessions } from './sessions.js';

export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: Uint8Array | string;
}

type Settings = SessionOptions['settings'];

const jsonType = 'application/json';
const jsonBytesMax = 65_536;
const seedDefault = 1;
/** Of the time that a caller waits, when a hook is told to end. */
const hurryShare = 0.8;
const pathPattern = /^\/v1\/(?<room>predictor|sessions)(?:(?<=sessions)\/(?<id>[^/]+)(?:\/(?<hook>[a-z]+))?)?$/;

export const json = (value: unknown, status = 200): Answer => ({ status, type: jsonType, body: JSON.stringify(value) });

export class PredictorService {
  readonly #definition: Predictor;
  readonly #settings: Settings;
  readonly #limits: ServeLimits;
  readonly #hooks: readonly RemoteHook[];
  readonly #sessions: Sessions;

  /** Throws a Fault if the predictor cannot be created. */
  constructor(definition: Predictor, settings: Settings, limits: ServeLimits) {
    this.#definition = definition;
    this.#settings = settings;
    this.#limits = limits;
    this.#hooks = this.#create(seedDefault, {}).hooks;
    this.#sessions = new Sessions(limits.sessions, limits.idleMs);
  }

  /** Rejects with a Fault, and with other errors for bodies that cannot be read. */
  async answer(request: IncomingMessage): Promise<Answer> {
    const { room, id, hook } = pathPattern.exec(request.url ?? '')?.groups ?? {};
    const known = remoteHooks.find((one) => one === hook);
    if (room === undefined || (hook !== undefined && known === undefined))
      throw new Fault('not_found', 'there is nothing at this path; the predictor is at /v1/predictor');
    requireMethod(request, room, id, known);
    if (known !== undefined) return this.#call(id!, known, request);
    if (id !== undefined) return this.#end(id);
    return room === 'sessions' ? this.#begin(request) : this.#about();
  }

  end(): void {
    this.#sessions.endAll();
  }

  #create(seed: number, settings: Settings): Session {
    return new Session(this.#definition, { seed, settings: { ...this.#settings, ...settings }, hookMs: this.#limits.hookMs });
  }

  #about(): Answer {
    const { name, role, version, columns } = this.#definition;
    return json({ protocol: remoteProtocol.version, name, role, version, columns, hooks: this.#hooks });
  }

  async #begin(request: IncomingMessage): Promise<Answer> {
    requireType(request, jsonType);
    const { seed, settings } = sessionAsked(await bodyOf(request, jsonBytesMax));
    return json({ session: this.#sessions.add(() => this.#create(seed, settings)).id }, 201);
  }

  #end(id: string): Answer {
    this.#sessions.end(id);
    return { status: 204 };
  }

  async #call(id: string, hook: RemoteHook, request: IncomingMessage): Promise<Answer> {
    requireType(request, remoteProtocol.type);
    const session = this.#sessions.get(id);
    const caller = callerOf(request);
    const body = await session.call(hook, await bodyOf(request, this.#limits.bodyBytes), caller);
    return body === undefined ? { status: 204 } : { status: 200, type: remoteProtocol.type, body };
  }
}

/** Throws a Fault. */
function requireMethod({ method }: IncomingMessage, room: string, id: string | undefined, hook: string | undefined): void {
  const inSessions = id !== undefined && hook === undefined ? 'DELETE' : 'POST';
  const wanted = room === 'predictor' ? 'GET' : inSessions;
  if (method !== wanted) throw new Fault('bad_method', `${String(method)} cannot be used here, only ${wanted}`);
}

/** A length that is too much is not waited for. */
function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) <= bytesMax) return readBody(request, bytesMax);
  throw new Fault('too_large', `a body has at most ${bytesMax} bytes here`);
}

function callerOf({ socket, headers }: IncomingMessage): Caller {
  const waitsMs = Number(headers[remoteProtocol.timeHeader] ?? Infinity);
  const hurriesAt = performance.now() + hurryShare * (waitsMs >= 0 ? waitsMs : Infinity);
  return { gone: () => socket.destroyed, hurries: () => performance.now() >= hurriesAt };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws a Fault. */
function sessionAsked(body: Uint8Array): Pick<SessionOptions, 'seed' | 'settings'> {
  const { seed = seedDefault, settings = {} } = objectOf(body);
  if (typeof seed === 'number' && Number.isSafeInteger(seed) && isObject(settings)) return { seed, settings };
  throw new Fault('bad_request', 'seed must be a whole number, and settings an object');
}

function objectOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(new TextDecoder().decode(body)) as unknown;
    if (isObject(value)) return value;
  } catch {
    // said below
  }
  throw new Fault('bad_request', 'a body as {"seed":1,"settings":{}} is wanted');
}
