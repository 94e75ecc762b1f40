// Runs a predictor in a thread of its own, which is ended when a hook takes too long or takes too much memory.
import { Piscina } from 'piscina';
import { messageOf, PluginFault, type Described, type HookName, type Runner } from './hooks.js';
import type { InstanceRequest } from './instance.js';
import type { PluginTask } from './plugin-thread.js';

export interface PoolLimits {
  /** Heap of the thread, and what the process may grow by while a hook runs, beside the store, in bytes. */
  readonly memoryLimit: number;
  /** What the store takes, in bytes. */
  storeBytes(): number;
}

const memoryLookMs = 50;
/** Starting a thread and importing a module, on a busy machine. */
const openMs = 10_000;

type Why = { readonly reason: 'timeout' | 'memory'; readonly message: string };

/** The reason of a failure that the thread itself has caused. */
function faultOf(error: unknown, hook: HookName | 'import', limit: number): PluginFault {
  const { code, message = String(error) } = error as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new PluginFault(hook, 'memory', `took more than ${limit} bytes of heap`);
  if (message.startsWith('worker exited with code')) return new PluginFault(hook, 'exit', 'ended its thread');
  return new PluginFault(hook, 'threw', messageOf(error));
}

export class PoolRunner implements Runner {
  #pool: Piscina<PluginTask, unknown> | undefined;

  /** `thread`: the module that runs there, a URL of a file. */
  constructor(
    readonly request: InstanceRequest,
    readonly thread: string,
    readonly limits: PoolLimits,
  ) {}

  async open(): Promise<Described> {
    await this.end();
    this.#pool = new Piscina<PluginTask, unknown>({
      filename: this.thread,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: this.limits.memoryLimit / 2 ** 20 },
    });
    return (await this.#run({ open: this.request }, 'import', Math.max(openMs, this.request.deadlineMs))) as Described;
  }

  call(hook: HookName, argument: unknown): Promise<unknown> {
    return this.#run({ hook, argument }, hook, this.request.deadlineMs);
  }

  async end(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  async #run(task: PluginTask, hook: HookName | 'import', limitMs: number): Promise<unknown> {
    const pool = this.#pool!;
    const stop = new AbortController();
    let why: Why | undefined;
    const end = (reason: Why['reason'], message: string) => {
      why ??= { reason, message };
      stop.abort();
    };
    const timer = setTimeout(() => end('timeout', `took longer than ${limitMs} ms`), limitMs);
    const look = this.#watchMemory((bytes) => end('memory', `took ${bytes} bytes, of ${this.limits.memoryLimit} allowed`));
    try {
      return await pool.run(task, { signal: stop.signal });
    } catch (error) {
      throw why ? new PluginFault(hook, why.reason, why.message) : faultOf(error, hook, this.limits.memoryLimit);
    } finally {
      clearTimeout(timer);
      clearInterval(look);
    }
  }

  /** Arrays of numbers do not count as heap: the process as a whole is looked at, less what the store has grown by. */
  #watchMemory(exceeded: (bytes: number) => void): NodeJS.Timeout {
    const taken = () => process.memoryUsage.rss() - this.limits.storeBytes();
    const before = taken();
    return setInterval(() => {
      const grown = taken() - before;
      if (grown > this.limits.memoryLimit) exceeded(grown);
    }, memoryLookMs);
  }
}
