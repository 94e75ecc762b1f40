// What is said to a server of predictors, and what it answers.
import {
  columnsOf,
  decodeAnswer,
  encodeCall,
  remoteHooks,
  remoteProtocol,
  type HookInputs,
  type HookOutputs,
  type RemoteHook,
  type Role,
} from '../../src/predictor/index.js';
import { exchange, type Question, type Reply } from './exchange.js';

/** What a server says of its predictor. */
export interface About {
  readonly name: string;
  readonly role: Role;
  readonly version: number;
  readonly columns: readonly string[];
  readonly hooks: ReadonlySet<RemoteHook>;
}

/** The server has answered that it cannot or will not. */
export class Refused extends Error {
  /** It does not know the session. */
  readonly sessionUnknown: boolean;
  /** Another time it may. */
  readonly busy: boolean;

  constructor(message: string, status = 0) {
    super(message);
    this.sessionUnknown = status === 404;
    this.busy = status === 503;
  }
}

type Limits = Pick<Question, 'deadline' | 'givesUp'>;

const smallBytesMax = 65_536;
const textMax = 500;
const jsonType = { 'content-type': 'application/json' };
const lastStatusOfSuccess = 299;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const short = (value: unknown): string => String(value).slice(0, textMax);

function jsonOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    if (isObject(value)) return value;
  } catch {
    // said below
  }
  throw new Refused('it answers what is no JSON');
}

/** In the words of the server, if it has any: the predictor and its hook, and what is wrong. */
function refusalOf({ status, body }: Reply): Refused {
  try {
    const { message, plugin, hook } = jsonOf(body);
    const whose = [plugin, hook].filter((part) => part !== undefined).map(short);
    return new Refused([...whose, short(message)].join(': '), status);
  } catch {
    return new Refused(`it answers with status ${status}`, status);
  }
}

/** A server at an address. All rejects with Refused for answers that are no success, and with Unreached or GivenUp. */
export class RemoteServer {
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = url;
  }

  async #ask(path: string, question: Omit<Question, 'url'>): Promise<Uint8Array> {
    const reply = await exchange({ ...question, url: new URL(path, this.#url) });
    if (reply.status >= 200 && reply.status <= lastStatusOfSuccess) return reply.body;
    throw refusalOf(reply);
  }

  /** Rejects for a predictor that this version cannot use. */
  async about(role: Role, limits: Limits): Promise<About> {
    const said = jsonOf(await this.#ask('/v1/predictor', { method: 'GET', bytesMax: smallBytesMax, ...limits }));
    const { protocol, name, version, columns, hooks } = said;
    const own = remoteProtocol.version;
    if (protocol !== own) throw new Refused(`it speaks version ${short(protocol)} of the protocol, and this is version ${own}`);
    if (said.role !== role) throw new Refused(`its predictor ${short(name)} is of role ${short(said.role)}, not of role ${role}`);
    if (typeof name !== 'string' || !Number.isSafeInteger(version) || !Array.isArray(columns) || !Array.isArray(hooks))
      throw new Refused('it does not say name, version, columns and hooks of its predictor');
    const known = new Set<unknown>(columnsOf(role));
    const unknown = columns.find((column) => !known.has(column)) as unknown;
    if (unknown !== undefined) throw new Refused(`it wants the column ${short(unknown)}, which this version does not have`);
    const called = new Set(remoteHooks.filter((hook) => hooks.includes(hook)));
    return { name: short(name), role, version: version as number, columns: columns as string[], hooks: called };
  }

  /** Begins a session, and answers its id. */
  async begin(asked: { seed: number; settings: object }, limits: Limits): Promise<string> {
    const body = JSON.stringify(asked);
    const answer = await this.#ask('/v1/sessions', { method: 'POST', headers: jsonType, body, bytesMax: smallBytesMax, ...limits });
    const { session } = jsonOf(answer);
    if (typeof session === 'string' && /^[\w-]{1,128}$/.test(session)) return session;
    throw new Refused('it does not say which session it has begun');
  }

  /** `waitMs`: what the server is told that its answer is waited for. */
  async call<Hook extends RemoteHook>(
    session: string,
    hook: Hook,
    input: HookInputs[Hook],
    about: About,
    limits: Limits & { waitMs: number },
  ): Promise<HookOutputs[Hook]> {
    const { waitMs, ...rest } = limits;
    const headers = { 'content-type': remoteProtocol.type, [remoteProtocol.timeHeader]: Math.floor(waitMs) };
    const body = encodeCall(hook, input, about);
    const question: Omit<Question, 'url'> = { method: 'POST', headers, body, bytesMax: remoteProtocol.bytesMax, ...rest };
    const answer = await this.#ask(`/v1/sessions/${session}/${hook}`, question);
    try {
      return decodeAnswer(hook, answer, input, about);
    } catch (error) {
      throw new Refused(`${about.name}: ${hook}: ${(error as { detail?: string }).detail ?? String(error)}`);
    }
  }

  /** Ends a session, if that can be done; if not, it ends when nobody has used it for a while. */
  async end(session: string, limits: Limits): Promise<void> {
    await this.#ask(`/v1/sessions/${session}`, { method: 'DELETE', bytesMax: smallBytesMax, ...limits }).catch(() => {});
  }
}
