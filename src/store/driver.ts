// Drives a native store: requests and their tickets, completions, the end of the turn, what keeps the process alive.
//
// The engine works when it is called, so any call can bring completions. They are collected natively, and every call
// is followed by a look at answer.pending and, if it is set, by deliver(): promises are settled even while the
// application runs a loop of getSync calls. Their reactions run, as always, when the loop gives way. Listeners of
// events are called from a microtask, so no code of the application runs inside of one of its own calls.
import { answerLayout, errorNumber, errorOfNumber, foreshardError, optionTable, type ErrorContext } from '../errors/index.js';
import { addon, type NativeOptions, type NativeStore } from '../native/index.js';
import { Emitter, parseStoreEvent, type StoreEventName, type StoreEvents } from '../observe/index.js';
import { Acks } from './acks.js';
import { readPacket, type CompletionSink, type EntryBatch, type LateValue } from './packet.js';

interface Request {
  resolve(result: never): void;
  reject(error: Error): void;
}

const settled = Promise.resolve();

export class Driver implements CompletionSink {
  readonly directory: string;
  readonly native: NativeStore;
  /** Iterators pass over what is damaged (option onDamage). */
  readonly skipsDamage: boolean;
  readonly answer: Float64Array;
  readonly acks = new Acks();
  readonly emitter = new Emitter<StoreEvents>();
  /** True from the first call of close() on. */
  closing = false;
  /** Settles when the store is open for traffic, or cannot be opened. */
  readonly opened: Promise<unknown>;
  /** After every delivery: writes that wait for room may go on. */
  onDelivered: () => void = () => {};
  /** How much other work there is that must keep the process alive. */
  readonly otherWork: (() => number)[] = [];

  readonly #requests = new Map<number, Request>();
  #nextTicket = 1;
  #turnEnds = false;
  #held = false;
  readonly #commitSpin: number;
  #spinsSoon = false;
  #delivering = false;
  #heldEvents: StoreEvents[StoreEventName][] | undefined = [];

  constructor(options: NativeOptions) {
    this.directory = options.directory;
    this.skipsDamage = options.skipDamage === true;
    this.#commitSpin = options.commitSpin ?? optionTable.commitSpin.default;
    const ticket = this.#nextTicket++;
    this.opened = this.#promiseOf(ticket);
    this.native = addon.open(options, () => this.#wake(), ticket);
    this.answer = this.native.answer;
    this.afterCall();
  }

  /** Makes a request of the engine: `start` is given its ticket. */
  request<Result>(start: (ticket: number) => void): Promise<Result> {
    const ticket = this.#nextTicket++;
    const promise = this.#promiseOf(ticket) as Promise<Result>;
    start(ticket);
    this.afterCall();
    return promise;
  }

  /** Numbers for requests that may turn out to be none; those that are one need expect(). */
  reserveTickets(count: number): number {
    const first = this.#nextTicket;
    this.#nextTicket += count;
    return first;
  }

  expect(ticket: number, request: Request): void {
    this.#requests.set(ticket, request);
  }

  /** Nobody waits for this request any more. */
  forget(ticket: number): void {
    this.#requests.delete(ticket);
  }

  #promiseOf(ticket: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#requests.set(ticket, { resolve, reject });
    });
  }

  /** To be called after native calls that begin something, when what waits for their completions is in place. */
  afterCall(): void {
    this.endTurnSoon();
    if (this.answer[answerLayout.pending] !== 0) this.deliver();
  }

  /** One submit() a turn, after all that this turn has to write. */
  endTurnSoon(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    void settled.then(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#turnEnds = false;
    this.native.submit();
    if (this.answer[answerLayout.pending] !== 0) this.deliver();
    this.#keepAlive();
    if (this.#commitSpin > 0 && this.acks.size > 0 && !this.#spinsSoon) this.#spinSoon();
  };

  /** Behind the events that have come meanwhile. */
  #spinSoon(): void {
    this.#spinsSoon = true;
    setImmediate(() => {
      this.#spinsSoon = false;
      if (this.acks.size === 0) return;
      this.native.spin(this.#commitSpin);
      if (this.answer[answerLayout.pending] !== 0) this.deliver();
    });
  }

  /** An open store keeps the process alive only while something is under way. */
  #keepAlive(): void {
    const busy = this.acks.size + this.#requests.size > 0 || this.otherWork.some((amount) => amount() > 0);
    if (busy !== this.#held) this.native.hold((this.#held = busy));
  }

  #wake(): void {
    this.native.poll();
    if (this.answer[answerLayout.pending] !== 0) this.deliver();
  }

  /** Settles all that has completed. What it settles may call again: the delivery under way goes on with that. */
  deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      do {
        const packet = this.native.take();
        if (packet === undefined) this.acks.settle(this.answer[answerLayout.durable]!);
        else readPacket(packet, this.answer[answerLayout.rows]!, this);
        this.onDelivered();
      } while (this.answer[answerLayout.pending] !== 0);
    } finally {
      this.#delivering = false;
    }
    // After the reactions to what was settled, so that what they write goes into one submit().
    this.endTurnSoon();
  }

  #settle(ticket: number, code: number, detail: string, result: unknown): void {
    const request = this.#requests.get(ticket);
    if (request === undefined) return;
    this.#requests.delete(ticket);
    if (code === 0) request.resolve(result as never);
    else request.reject(errorOfNumber(code, detail, { directory: this.directory }));
  }

  durable(sequence: number): void {
    this.acks.settle(sequence);
  }

  rejected(first: number, last: number, code: number, detail: string): void {
    this.acks.reject(first, last, errorOfNumber(code, detail, { directory: this.directory, sequence: first }));
  }

  value(ticket: number, code: number, detail: string, bytes: Buffer, seq: number, expiry: number): void {
    const absent = code === errorNumber.not_found;
    const result: LateValue = absent ? undefined : { bytes, seq, expiry };
    this.#settle(ticket, absent ? 0 : code, detail, result);
  }

  done(ticket: number, code: number, detail: string, result: number): void {
    this.#settle(ticket, code, detail, result);
  }

  entries(ticket: number, code: number, detail: string, batch: Omit<EntryBatch, 'error'>): void {
    const error = code === 0 ? undefined : errorOfNumber(code, detail, { directory: this.directory });
    this.#settle(ticket, 0, '', { ...batch, error } satisfies EntryBatch);
  }

  event(json: string): void {
    const event = parseStoreEvent(json);
    if (this.#heldEvents === undefined) void settled.then(() => this.emitter.emit(event.type, event as never));
    else this.#heldEvents.push(event);
  }

  /** From now on events are told, and first those that were held back. */
  tellEvents(): void {
    const held = this.#heldEvents ?? [];
    this.#heldEvents = undefined;
    for (const event of held) this.emitter.emit(event.type, event as never);
  }

  /** The error of a native call that answered `result`, a negative number. */
  refused(result: number, context: ErrorContext = {}): Error {
    return errorOfNumber(-result, this.native.takeDetail(), { directory: this.directory, ...context });
  }

  checkOpen(): void {
    if (this.closing) throw this.closedError();
  }

  closedError(): Error {
    return foreshardError('closed', '', { directory: this.directory });
  }

  /** Lets go of the native store; whoever still waits is told. */
  release(): void {
    this.closing = true;
    this.native.release();
    const error = this.closedError();
    this.acks.reject(0, Infinity, error);
    for (const request of this.#requests.values()) request.reject(error);
    this.#requests.clear();
  }
}
