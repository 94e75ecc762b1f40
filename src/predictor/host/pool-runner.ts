// Runs a predictor in a thread of its own, which is ended when a hook takes too long or takes too much memory.
import { Piscina } from 'piscina';
import { copied } from './copied.js';
import { limitMsOf, messageOf, PluginFault, type Described, type HookName, type Runner } from './hooks.js';
import type { InstanceRequest } from './instance.js';
import { exceedingWords, heapBytes, MemoryWatch } from './memory-watch.js';
import type { PluginAnswer, PluginTask } from './plugin-thread.js';
import type { Pulse } from './pulse.js';
import { within } from './within.js';

export interface PoolLimits {
  /** What the thread may hold, and a hook take, in bytes. */
  readonly memoryLimit: number;
  /** Tells what is the owner's. */
  readonly pulse: Pulse;
}

const memoryLookMs = 50;
/** A thread that is in a call of the system cannot be ended. */
const endMs = 1000;
/** Numbers that were let go and are not collected yet count as held. */
const garbageBytesMin = 2 ** 26;

/** So errors of the pool begin that say that a thread has ended by itself. */
const exited = 'worker exited with code';

type Hook = HookName | 'import';
type Pool = Piscina<PluginTask, PluginAnswer>;

/** The reason of a failure that the thread itself has caused. */
function faultOf(error: unknown, hook: Hook): PluginFault {
  const { code } = Object(error) as Partial<NodeJS.ErrnoException>;
  const message = messageOf(error);
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new PluginFault(hook, 'memory', 'took more heap than there may be');
  if (message.startsWith(exited)) return new PluginFault(hook, 'exit', 'ended its thread');
  return new PluginFault(hook, 'threw', message);
}

export class PoolRunner implements Runner {
  #pool: Pool | undefined;
  /** Its thread ended between two calls. */
  #lost: { readonly error: unknown } | undefined;

  /** `thread`: the module that runs there, a URL of a file. */
  constructor(
    readonly request: InstanceRequest,
    readonly thread: string,
    readonly limits: PoolLimits,
  ) {}

  async open(): Promise<Described> {
    await this.end();
    this.#pool = this.#begin();
    return (await this.#run({ open: this.request }, 'import')) as Described;
  }

  /** Its arrays are copied once, and then transferred. */
  call(hook: HookName, argument: unknown): Promise<unknown> {
    const { copy, buffers } = copied(argument);
    return this.#run({ hook, argument: copy }, hook, buffers);
  }

  async end(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    if (pool) await within(endMs, pool.destroy());
  }

  #begin(): Pool {
    const { memoryLimit } = this.limits;
    const pool: Pool = new Piscina<PluginTask, PluginAnswer>({
      filename: this.thread,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: heapBytes(memoryLimit) / 2 ** 20 },
    });
    this.#lost = undefined;
    // The pool has begun another thread then, in which no predictor is.
    const lost = (error: unknown) => {
      if (this.#pool === pool) this.#lost = { error };
    };
    pool.on('workerDestroy', () => lost(new Error(exited)));
    pool.on('error', lost);
    return pool;
  }

  async #run(task: PluginTask, hook: Hook, transferList: ArrayBuffer[] = []): Promise<unknown> {
    if (this.#lost !== undefined) throw faultOf(this.#lost.error, hook);
    const stop = new AbortController();
    const done = this.#pool!.run(task, { signal: stop.signal, transferList });
    let why: PluginFault | undefined;
    const settled = this.#watch(hook, (fault) => {
      why ??= fault;
      stop.abort();
    });
    try {
      return this.#checked(await done, hook);
    } catch (error) {
      throw why ?? (error instanceof PluginFault ? error : faultOf(error, hook));
    } finally {
      settled();
    }
  }

  /** Ends a hook by `end` that takes too long or too much, until what it answers is called. */
  #watch(hook: Hook, end: (fault: PluginFault) => void): () => void {
    const { memoryLimit, pulse } = this.limits;
    const limitMs = limitMsOf(hook, this.request.deadlineMs);
    const overdue = () => end(new PluginFault(hook, 'timeout', `took longer than ${limitMs} ms`));
    let last: NodeJS.Immediate | undefined;
    // This thread may have been busy itself: an answer that has come meanwhile counts.
    const timer = setTimeout(() => (last = setImmediate(overdue)), limitMs);
    const memory = new MemoryWatch(pulse, memoryLimit);
    const look = setInterval(() => {
      const bytes = memory.exceeding;
      if (bytes !== undefined) end(new PluginFault(hook, 'memory', exceedingWords(bytes, memoryLimit)));
    }, memoryLookMs);
    return () => {
      clearTimeout(timer);
      clearInterval(look);
      clearImmediate(last);
    };
  }

  /** None: null was thrown in the thread, beside all hooks. */
  #checked(answer: PluginAnswer | null, hook: Hook): unknown {
    if (answer === null) throw new PluginFault(hook, 'threw', 'null');
    if (answer.threw !== undefined) throw new PluginFault(hook, 'threw', answer.threw);
    const { memoryLimit } = this.limits;
    if (answer.held <= memoryLimit + Math.max(memoryLimit, garbageBytesMin)) return answer.value;
    throw new PluginFault(hook, 'memory', `holds ${answer.held} bytes, of ${memoryLimit} allowed`);
  }
}
