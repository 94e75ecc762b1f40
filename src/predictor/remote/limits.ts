// What clients may take of a server of predictors.
import { remoteProtocol } from './message.js';

/** Times are in milliseconds. */
export interface ServeLimits {
  /** Further ones are answered 503, and so are further requests. Default: 16. */
  readonly sessions: number;
  /** At a time. Default: 16. */
  readonly requests: number;
  /** Of a request. Default: 64 MiB. */
  readonly bodyBytes: number;
  /** Until the head of a request has come. Default: 10 s. */
  readonly headersMs: number;
  /** Until all of a request has come. Default: 60 s. */
  readonly requestMs: number;
  /** A session that is not called for so long ends. Default: 10 min. */
  readonly idleMs: number;
  /** A hook that takes longer ends its session. Default: 10 min. */
  readonly hookMs: number;
  /** Until a client has taken some more of its answer. Default: 30 s. */
  readonly answerMs: number;
  /** For open requests, when the server is closed. Default: 10 s. */
  readonly graceMs: number;
}

export const limitDefaults: ServeLimits = {
  sessions: 16,
  requests: 16,
  bodyBytes: remoteProtocol.bytesMax,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 600_000,
  hookMs: 600_000,
  answerMs: 30_000,
  graceMs: 10_000,
};
