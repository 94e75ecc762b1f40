// The predictors that a server has made for its clients, and the calls of each, one after the other.
import { randomBytes } from 'node:crypto';
import type { Predictor, RolePredictors } from '../define.js';
import { Fault, faultOf } from './fault.js';
import { decodeCall, encodeAnswer, faultOfOutput, type HookInputs, type HookOutputs } from './hooks.js';
import { remoteHooks, type RemoteHook } from './message.js';

/** The one who waits for the answer of a call. */
export interface Caller {
  /** It does not wait any more. */
  gone(): boolean;
  /** It will not wait much longer. */
  hurries(): boolean;
}

export interface SessionOptions {
  readonly seed: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Longest time of a hook; a session whose hook takes longer is of no use any more. */
  readonly hookMs: number;
}

/** Calls of a session that wait or run, at most. */
const callsMax = 4;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A hook that has not come back in time. */
class Late extends Error {}

/** Rejects with Late if the work is not done in time. */
async function within<Result>(ms: number, work: () => Result | Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late(`not done after ${ms / 1000} s; the session has ended`)), ms).unref();
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A predictor of one client. */
export class Session {
  readonly id = randomBytes(16).toString('hex');
  readonly #definition: Predictor;
  readonly #hookMs: number;
  readonly #predictor: RolePredictors['access'];
  #caller: Caller | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #called = false;
  #stuck = false;
  #usedAt = performance.now();

  /** Throws a Fault if the predictor cannot be created. */
  constructor(definition: Predictor, { seed, settings, hookMs }: SessionOptions) {
    this.#definition = definition;
    this.#hookMs = hookMs;
    try {
      this.#predictor = definition.create({ seed, settings, shouldStop: () => this.#shouldStop() }) as RolePredictors['access'];
    } catch (cause) {
      throw new Fault('plugin_failed', reasonOf(cause), { hook: 'create', plugin: definition.name, cause });
    }
  }

  /** Those that its predictor has. */
  get hooks(): RemoteHook[] {
    return remoteHooks.filter((hook) => typeof this.#predictor[hook] === 'function');
  }

  /** A hook has not come back. */
  get stuck(): boolean {
    return this.#stuck;
  }

  /** For how long nobody has called. */
  get idleMs(): number {
    return this.#calls > 0 ? 0 : performance.now() - this.#usedAt;
  }

  /** Calls a hook when the calls before have ended; answers the message to send, if there is one. Rejects with a Fault. */
  async call(hook: RemoteHook, message: Uint8Array, caller: Caller): Promise<Uint8Array | undefined> {
    if (this.#calls >= callsMax) throw new Fault('busy', `${callsMax} calls of this session wait already`, { hook });
    this.#calls++;
    try {
      const input = decodeCall(hook, message, this.#definition);
      const answered = this.#turn.then(() => this.#answer(hook, input, caller));
      this.#turn = answered.catch(() => {});
      return await answered;
    } catch (error) {
      throw faultOf(error, hook);
    } finally {
      this.#calls--;
      this.#usedAt = performance.now();
    }
  }

  #shouldStop(): boolean {
    return this.#stuck || (this.#caller !== undefined && (this.#caller.gone() || this.#caller.hurries()));
  }

  async #answer<Hook extends RemoteHook>(hook: Hook, input: HookInputs[Hook], caller: Caller): Promise<Uint8Array | undefined> {
    const { name } = this.#definition;
    if (this.#stuck || caller.gone()) throw new Fault('unknown_session', 'the session has ended, or nobody waits', { hook });
    if (typeof this.#predictor[hook] !== 'function') throw new Fault('bad_request', `${name} has no hook ${hook}`, { hook });
    if (hook === 'load' && this.#called) throw new Fault('bad_request', 'load is called before all other hooks', { hook });
    this.#called = true;
    this.#caller = caller;
    const output = await this.#run(hook, input);
    const fault = faultOfOutput(hook, output, input, this.#definition);
    if (fault !== undefined) throw new Fault('plugin_failed', fault, { hook, plugin: name });
    const answers = hook === 'predict' || hook === 'propose' || hook === 'save';
    return answers ? encodeAnswer(hook, output as HookOutputs[Hook]) : undefined;
  }

  async #run<Hook extends RemoteHook>(hook: Hook, input: HookInputs[Hook]): Promise<unknown> {
    try {
      return await within(this.#hookMs, () => this.#predictor[hook]!(input as never) as unknown);
    } catch (cause) {
      this.#stuck ||= cause instanceof Late;
      throw new Fault('plugin_failed', reasonOf(cause), { hook, plugin: this.#definition.name, cause });
    } finally {
      this.#caller = undefined;
    }
  }
}
