// One request and its answer over HTTP, bounded in time and bytes.
import { Agent, request as ask, type ClientRequest, type IncomingMessage } from 'node:http';
import { readBody } from '../../src/predictor/index.js';

export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array | string;
  /** Of the answer. */
  readonly bytesMax: number;
  /** When there must be an answer, by performance.now(). */
  readonly deadline: number;
  /** Asked now and then: nobody wants the answer any more. */
  givesUp?(): boolean;
}

export interface Reply {
  readonly status: number;
  readonly body: Uint8Array;
}

/** The server could not be reached, has not answered in time, or not in HTTP. */
export class Unreached extends Error {}
/** A connection that was kept from an earlier question had been closed at the other end before this one came there. */
class ClosedBefore extends Unreached {}
/** The question was given up; what has become of it is not known. */
export class GivenUp extends Error {}

const connectMs = 2000;
const lookMs = 20;
const closedBefore = new Set(['ECONNRESET', 'EPIPE']);
const agent = new Agent({ keepAlive: true, maxSockets: 16, maxFreeSockets: 4 });

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Rejects with Unreached or GivenUp. A kept connection that turns out to be closed is replaced by a new one, once. */
export async function exchange(question: Question): Promise<Reply> {
  try {
    return await new Exchange(question, agent).reply;
  } catch (error) {
    if (!(error instanceof ClosedBefore)) throw error;
    return new Exchange(question, false).reply;
  }
}

class Exchange {
  readonly reply: Promise<Reply>;
  readonly #question: Question;
  readonly #request: ClientRequest;
  readonly #timers: NodeJS.Timeout[] = [];
  #settle!: { resolve(reply: Reply): void; reject(error: Error): void };
  #answered = false;

  /** `by`: what keeps connections; false for a new one. */
  constructor(question: Question, by: Agent | false) {
    this.#question = question;
    this.reply = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    const { url, method, headers = {}, body = '' } = question;
    const length = { 'content-length': Buffer.byteLength(body) };
    this.#request = ask(url, { method, agent: by, headers: { ...headers, ...(method === 'POST' ? length : {}) } });
    this.#request.on('error', (error) => this.#failed(error)).on('response', (response) => void this.#read(response));
    this.#watch();
    this.#request.end(body);
  }

  #watch(): void {
    const { deadline, givesUp } = this.#question;
    const late = () => this.#fail(new Unreached('it has not answered in time'));
    this.#timers.push(setTimeout(late, Math.max(1, deadline - performance.now())));
    const look = () => givesUp?.() && this.#fail(new GivenUp('given up'));
    if (givesUp) this.#timers.push(setInterval(look, lookMs));
    this.#request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const unconnected = () => socket.connecting && this.#fail(new Unreached(`no connection within ${connectMs} ms`));
      const timer = setTimeout(() => setImmediate(unconnected), connectMs); // where the thread was busy it is seen only then
      this.#timers.push(timer);
      socket.once('connect', () => clearTimeout(timer));
    });
  }

  async #read(response: IncomingMessage): Promise<void> {
    this.#answered = true;
    try {
      const body = await readBody(response, this.#question.bytesMax);
      this.#end(() => this.#settle.resolve({ status: response.statusCode ?? 0, body }));
    } catch (cause) {
      const tooLarge = codeOf(cause) === 'FORESHARD_TOO_LARGE';
      const why = tooLarge ? `it answers more than ${this.#question.bytesMax} bytes` : 'it was cut off';
      this.#fail(new Unreached(why, { cause }));
    }
  }

  #failed(error: Error): void {
    const wasClosedBefore = this.#request.reusedSocket && !this.#answered && closedBefore.has(codeOf(error));
    const why = codeOf(error).startsWith('HPE_') ? 'it answers what is no HTTP' : error.message || codeOf(error);
    this.#fail(wasClosedBefore ? new ClosedBefore(why, { cause: error }) : new Unreached(why, { cause: error }));
  }

  #fail(error: Error): void {
    this.#end(() => this.#settle.reject(error));
    this.#request.destroy();
  }

  /** What comes first counts. */
  #end(settle: () => void): void {
    for (const timer of this.#timers) clearTimeout(timer);
    settle();
  }
}
