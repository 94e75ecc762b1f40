// The process that is killed: opens the store, waits until it is hot, and goes on with the trace at its pace. Its one argument is a
// task as JSON; what it tells goes to its parent.
import { setTimeout as sleep } from 'node:timers/promises';
import { open, type Store } from '../../../src/index.js';
import { taskOf, teller } from '../../common/told.js';
import { nextTurn } from '../../common/turns.js';
import { EarlyCounter } from './early.js';
import { Replay } from './replay.js';
import type { Message, Recovered, Task } from './tasks.js';

const underWayMax = 256;
const perTurn = 64;

const task = taskOf<Task>();
const tell = teller<Message>();

class Replayer {
  wrong = 0;
  readsOfNewKeys = 0;
  readonly early: EarlyCounter;
  readonly #store: Store;
  readonly #replay: Replay;
  readonly #from: number;
  readonly #last: Int32Array;
  #at: number;
  #underWay = 0;
  #failure: unknown;

  constructor(store: Store, replay: Replay, from: number) {
    this.#store = store;
    this.#replay = replay;
    this.#from = from;
    this.#at = from;
    this.#last = replay.lastPutsBefore(from);
    this.early = new EarlyCounter(store, replay.ids);
  }

  /** Answers the accesses per second when all before `to` have ended. */
  async run(to: number, rate: number): Promise<number> {
    const began = performance.now();
    while (this.#at < to || this.#underWay > 0) {
      if (this.#failure !== undefined) throw this.#failure;
      const due = Math.min(to, this.#from + Math.floor(((performance.now() - began) * rate) / 1000));
      for (let made = 0; made < perTurn && this.#at < due && this.#underWay < underWayMax; made++) this.#access(this.#at++);
      await (this.#at < due ? nextTurn() : sleep(1));
    }
    return ((to - this.#from) * 1000) / (performance.now() - began);
  }

  #access(at: number): void {
    const work = this.#replay.isPut(at) ? this.#put(at) : this.#get(at);
    this.#underWay++;
    work.catch((error: unknown) => (this.#failure ??= error)).finally(() => this.#underWay--);
  }

  async #put(at: number): Promise<void> {
    const id = this.#replay.idAt(at);
    this.#last[id] = at;
    if (!this.early.done && this.#replay.isNewRead(at)) this.readsOfNewKeys++;
    await this.#store.put(this.#replay.key(id), this.#replay.valueAt(at));
  }

  async #get(at: number): Promise<void> {
    const id = this.#replay.idAt(at);
    const least = this.#last[id]!;
    const reading = this.#store.get(this.#replay.key(id));
    this.early.note(id, this.#replay.firstOf(id) < this.#from);
    if (this.#replay.putOf(id, await reading) < least) this.wrong++;
  }
}

function recovered(store: Store, replayer: Replayer): Recovered {
  const report = store.recovery.report();
  const { early, readsOfNewKeys } = replayer;
  const { ms, fast } = report as unknown as {
    ms: { open: number; hot: number };
    fast: { records: number; predicted: { records: number } };
  };
  return {
    openMs: ms.open,
    hotMs: ms.hot,
    imageRecords: fast.records,
    predictedRecords: fast.predicted.records,
    first1000: early.first1000,
    first10000: early.first10000,
    readsOfNewKeys,
    early: report['early'],
  };
}

const replay = await Replay.read(task.replay);
const store = await open(task.directory, task.options);
await store.recovery.hot;
await tell({ kind: 'opened' });
const replayer = new Replayer(store, replay, task.from);
const rate = await replayer.run(task.to, task.rate);
await tell({ kind: 'reached', recovered: recovered(store, replayer), rate, wrong: replayer.wrong });
// The store stays open: it is killed as it is.
setInterval(() => {}, 1000);
