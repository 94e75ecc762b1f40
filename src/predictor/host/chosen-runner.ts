// Runs a predictor where it wants to run: inline, or in a thread of its own. One that is not bundled is imported in a thread of its
// own first, as the import itself may do anything.
import { loadPredictor, type Bundled } from '../load.js';
import { messageOf, PluginFault, type Described, type HookName, type Runner } from './hooks.js';
import { InlineRunner } from './inline-runner.js';
import type { InstanceRequest } from './instance.js';
import { PoolRunner, type PoolLimits } from './pool-runner.js';
import type { Pulse } from './pulse.js';
import type { Role } from '../catalogue/index.js';

export interface ChosenRunnerOptions {
  readonly request: InstanceRequest;
  readonly role: Role;
  readonly bundled: Bundled;
  readonly pulse: Pulse;
  /** Among the predictors of the store. */
  readonly place: number;
  readonly pluginThread: string;
  readonly limits: PoolLimits;
  /** Never inline. */
  readonly apart: boolean;
}

export class ChosenRunner implements Runner {
  #runner: Runner | undefined;

  constructor(readonly options: ChosenRunnerOptions) {}

  async open(): Promise<Described> {
    const { role, bundled, request } = this.options;
    const described = await (Object.hasOwn(bundled, request.plugin) ? this.#openBundled() : this.#openOther());
    if (described.role === role) return described;
    await this.end();
    throw new PluginFault('import', 'output', `is of role ${described.role}, where one of role ${role} is needed`);
  }

  call(hook: HookName, argument: unknown): Promise<unknown> {
    return this.#runner!.call(hook, argument);
  }

  async end(): Promise<void> {
    const runner = this.#runner;
    this.#runner = undefined;
    await runner?.end();
  }

  #openIn(inline: boolean): Promise<Described> {
    const { request, bundled, pulse, place, pluginThread, limits, apart } = this.options;
    const isInline = inline && !apart;
    this.#runner = isInline ? new InlineRunner(request, bundled, pulse, place) : new PoolRunner(request, pluginThread, limits);
    return this.#runner.open();
  }

  async #openBundled(): Promise<Described> {
    const { request, bundled } = this.options;
    const { runs } = await loadPredictor(request.plugin, bundled).catch((error: unknown) => {
      throw new PluginFault('import', 'threw', messageOf(error));
    });
    return this.#openIn(runs === 'inline');
  }

  async #openOther(): Promise<Described> {
    const described = await this.#openIn(false);
    if (described.runs === 'pool' || this.options.apart) return described;
    await this.end();
    return this.#openIn(true);
  }
}
