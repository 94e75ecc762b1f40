// All sessions of a server: few, and none that nobody uses any more.
import { Fault } from './fault.js';
import type { Session } from './session.js';

const sweepsPerIdleTime = 4;

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #most: number;
  readonly #idleMs: number;
  readonly #sweeper: NodeJS.Timeout;

  /** `idleMs`: time after which one that is not called ends. */
  constructor(most: number, idleMs: number) {
    this.#most = most;
    this.#idleMs = idleMs;
    this.#sweeper = setInterval(() => this.#sweep(), idleMs / sweepsPerIdleTime).unref();
  }

  /** Throws a Fault if there are too many. */
  add(create: () => Session): Session {
    this.#sweep();
    if (this.#sessions.size >= this.#most) throw new Fault('busy', `there are ${this.#most} sessions already`);
    const session = create();
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Throws a Fault if there is none. */
  get(id: string): Session {
    this.#sweep();
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Fault('unknown_session', 'there is no such session, or none any more');
    return session;
  }

  /** Throws a Fault if there is none. */
  end(id: string): void {
    this.get(id);
    this.#sessions.delete(id);
  }

  endAll(): void {
    clearInterval(this.#sweeper);
    this.#sessions.clear();
  }

  #sweep(): void {
    for (const [id, { stuck, idleMs }] of this.#sessions) if (stuck || idleMs > this.#idleMs) this.#sessions.delete(id);
  }
}
