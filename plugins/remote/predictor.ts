// A predictor in another process, as one of this: it has all hooks, and those that the other one has not do nothing.
import {
  columnsOf,
  definePredictor,
  remoteProtocol,
  type AccessPredictor,
  type HookInputs,
  type HookOutputs,
  type Predictor,
  type PredictorContext,
  type RemoteHook,
  type Role,
  type RoleColumns,
  type RolePredictors,
} from '../../src/predictor/index.js';
import { GivenUp, Unreached } from './exchange.js';
import { Refused, RemoteServer, type About } from './server.js';
import { checkedSettings, type CheckedSettings } from './settings.js';
import { stateBytes, stateOf, type RemoteState } from './state.js';

interface Session {
  readonly id: string;
  readonly about: About;
}

interface Called<Hook extends RemoteHook> {
  /** Undefined if the predictor has no such hook, or was told to end while it was at work. */
  readonly output: HookOutputs[Hook] | undefined;
  readonly about: About;
}

/** Of any role: a batch of load or failure is one of access without keys. */
class RemotePredictor implements AccessPredictor {
  readonly #role: Role;
  readonly #context: PredictorContext;
  readonly #settings: CheckedSettings;
  readonly #server: RemoteServer;
  #session: Promise<Session> | undefined;
  /** What a new session is given: what was loaded or saved last. */
  #state: RemoteState | undefined;

  constructor(role: Role, context: PredictorContext) {
    this.#role = role;
    this.#context = context;
    this.#settings = checkedSettings(context.settings);
    this.#server = new RemoteServer(this.#settings.url);
  }

  async observe(window: HookInputs['observe']): Promise<void> {
    await this.#call('observe', window);
  }

  async propose(limit: number): Promise<Float64Array> {
    const { output } = await this.#call('propose', Math.min(limit, remoteProtocol.rowsMax));
    return output ?? new Float64Array();
  }

  async learn(lesson: HookInputs['learn']): Promise<void> {
    await this.#call('learn', lesson);
  }

  async predict(batch: HookInputs['predict']): Promise<Float32Array> {
    const { output, about } = await this.#call('predict', batch);
    return output ?? this.#fail(`${about.name} has no hook predict`);
  }

  async save(): Promise<Uint8Array> {
    const { output: bytes = new Uint8Array(), about } = await this.#call('save', undefined);
    this.#state = { name: about.name, version: about.version, bytes };
    return stateBytes(this.#state);
  }

  /** A server that cannot be reached now is given the state when it can be. */
  async load(saved: Uint8Array): Promise<void> {
    this.#state = stateOf(saved);
    this.#session = undefined;
    try {
      await this.#open(this.#deadline());
    } catch (error) {
      if (!isPassing(error)) this.#fail(messageOf(error), error);
    }
  }

  #deadline(): number {
    return performance.now() + this.#settings.timeoutMs;
  }

  #fail(why: string, cause?: unknown): never {
    throw new Error(`the server of predictors at ${this.#settings.url.origin}: ${why}`, { cause });
  }

  /** A session that the server does not know any more is replaced by a new one, once. */
  async #call<Hook extends RemoteHook>(hook: Hook, input: HookInputs[Hook]): Promise<Called<Hook>> {
    const deadline = this.#deadline();
    try {
      const session = this.#open(deadline);
      try {
        return await this.#callIn(await session, hook, input, deadline);
      } catch (error) {
        if (!(error instanceof Refused && error.sessionUnknown)) throw error;
        if (this.#session === session) this.#session = undefined;
        return await this.#callIn(await this.#open(deadline), hook, input, deadline);
      }
    } catch (error) {
      return this.#fail(messageOf(error), error);
    }
  }

  async #callIn<Hook extends RemoteHook>(
    { id, about }: Session,
    hook: Hook,
    input: HookInputs[Hook],
    deadline: number,
  ): Promise<Called<Hook>> {
    if (!about.hooks.has(hook)) return { output: undefined, about };
    const stops = () => this.#context.shouldStop();
    const waitMs = stops() ? 0 : Math.max(0, deadline - performance.now());
    const givesUp = hook === 'learn' || hook === 'observe' ? stops : undefined;
    try {
      return { output: await this.#server.call(id, hook, input, about, { deadline, waitMs, givesUp }), about };
    } catch (error) {
      if (error instanceof GivenUp) return { output: undefined, about };
      throw error;
    }
  }

  /** The session, or a new one. One that could not be begun is tried again by the next call. */
  #open(deadline: number): Promise<Session> {
    if (this.#session) return this.#session;
    const session = this.#begin(deadline);
    this.#session = session;
    session.catch(() => {
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }

  async #begin(deadline: number): Promise<Session> {
    const about = await this.#server.about(this.#role, { deadline });
    const { seed } = this.#context;
    const id = await this.#server.begin({ seed, settings: this.#settings.settings }, { deadline });
    try {
      if (this.#state) await this.#handOver(this.#state, { id, about }, deadline);
    } catch (error) {
      if (!isPassing(error)) this.#state = undefined; // the next session begins without it
      await this.#server.end(id, { deadline });
      throw error;
    }
    return { id, about };
  }

  async #handOver(state: RemoteState, { id, about }: Session, deadline: number): Promise<void> {
    const { name, version, hooks } = about;
    if (state.name !== name || state.version !== version)
      throw new Refused(`its predictor is ${name}, version ${version}; the state is of ${state.name}, version ${state.version}`);
    const waitMs = Math.max(0, deadline - performance.now());
    if (hooks.has('load')) await this.#server.call(id, 'load', state.bytes, about, { deadline, waitMs });
    else if (state.bytes.length > 0) throw new Refused(`${name} has no hook load`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Another time it may go well, with the same state. */
const isPassing = (error: unknown): boolean =>
  error instanceof Unreached || (error instanceof Refused && (error.busy || error.sessionUnknown));

/** The definition of a remote predictor of a role. */
export function remoteOf<R extends Role>(name: string, role: R): Predictor<R> {
  return definePredictor<R, RoleColumns[R]>({
    name,
    role,
    columns: columnsOf(role),
    create: (context) => new RemotePredictor(role, context) as RolePredictors['access'] as RolePredictors[R],
  });
}
