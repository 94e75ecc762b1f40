// Runs a trivial predictor in the thread of the features. A hook that never returns stops that thread: from outside it can be seen
// which one it is, as the pulse says who is being called.
import type { Bundled } from '../load.js';
import { copied } from './copied.js';
import { limitMsOf, messageOf, PluginFault, type Described, type HookName, type Runner } from './hooks.js';
import { PluginInstance, type InstanceRequest } from './instance.js';
import type { Pulse } from './pulse.js';

export class InlineRunner implements Runner {
  #instance: PluginInstance | undefined;

  /** `place`: of the predictor among those of the store, as the pulse tells it. */
  constructor(
    readonly request: InstanceRequest,
    readonly bundled: Bundled,
    readonly pulse: Pulse,
    readonly place: number,
  ) {}

  async open(): Promise<Described> {
    const { settings } = this.request;
    const request = { ...this.request, settings: structuredClone(settings) };
    this.#instance = await this.#watched('import', () => PluginInstance.create(request, this.bundled));
    return this.#instance.described;
  }

  /** It is given a copy: what it writes there is nobody else's. */
  call(hook: HookName, argument: unknown): Promise<unknown> {
    return this.#watched(hook, () => this.#instance!.call(hook, copied(argument).copy));
  }

  async end(): Promise<void> {
    this.#instance = undefined;
  }

  #watched<Result>(hook: HookName | 'import', work: () => Promise<Result>): Promise<Result> {
    return this.pulse.during(this.place, hook, async () => {
      const limitMs = limitMsOf(hook, this.request.deadlineMs);
      let timer: NodeJS.Timeout | undefined;
      const overdue = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new PluginFault(hook, 'timeout', `took longer than ${limitMs} ms`)), limitMs);
      });
      try {
        return await Promise.race([work(), overdue]);
      } catch (error) {
        throw error instanceof PluginFault ? error : new PluginFault(hook, 'threw', messageOf(error));
      } finally {
        clearTimeout(timer);
      }
    });
  }
}
