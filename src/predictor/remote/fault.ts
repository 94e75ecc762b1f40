// What a server of predictors answers where it cannot do what it is asked for.
import { ForeshardError } from '../../errors/index.js';
import type { RemoteHook } from './message.js';

const statuses = {
  bad_request: 400,
  refused: 403,
  not_found: 404,
  unknown_session: 404,
  bad_method: 405,
  too_large: 413,
  bad_type: 415,
  plugin_failed: 500,
  busy: 503,
} as const;

export type FaultCode = keyof typeof statuses;
export type FaultHook = RemoteHook | 'create';

/** The body of such an answer, as JSON. */
export interface FaultBody {
  readonly code: FaultCode;
  readonly message: string;
  /** The hook that was called, if one was. */
  readonly hook?: FaultHook;
  /** The predictor whose hook has failed. */
  readonly plugin?: string;
}

const messageLengthMax = 1000;

export class Fault extends Error {
  readonly code: FaultCode;
  readonly status: number;
  readonly hook: FaultHook | undefined;
  readonly plugin: string | undefined;

  constructor(code: FaultCode, message: string, about: { hook?: FaultHook; plugin?: string; cause?: unknown } = {}) {
    super(message, { cause: about.cause });
    this.code = code;
    this.status = statuses[code];
    this.hook = about.hook;
    this.plugin = about.plugin;
  }

  get body(): FaultBody {
    const { code, hook, plugin } = this;
    return { code, message: this.message.slice(0, messageLengthMax), ...(hook && { hook }), ...(plugin && { plugin }) };
  }
}

const codes: Readonly<Record<string, FaultCode>> = { FORESHARD_TOO_LARGE: 'too_large', FORESHARD_BAD_ARGUMENT: 'bad_request' };

/** Of a request that could not be read, or that nobody waits for any more. */
export function faultOf(error: unknown, hook?: RemoteHook): Fault {
  if (error instanceof Fault) return error;
  if (!(error instanceof ForeshardError)) return new Fault('bad_request', String(error), { hook, cause: error });
  return new Fault(codes[error.code] ?? 'bad_request', error.detail, { hook, cause: error });
}
