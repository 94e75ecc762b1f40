// Runs a predictor where it wants to run: inline, or in a thread of its own. One that is not bundled is imported in a thread of its
// own first, as the import itself may do anything.
import { catalogue, type Role } from '../catalogue/index.js';
import { loadPredictor, type Bundled } from '../load.js';
import { messageOf, PluginFault, type Described, type HookName, type Runner } from './hooks.js';
import { InlineRunner } from './inline-runner.js';
import type { InstanceRequest } from './instance.js';
import { PoolRunner, type PoolLimits } from './pool-runner.js';
import type { Pulse } from './pulse.js';

export interface ChosenRunnerOptions {
  readonly request: InstanceRequest;
  readonly role: Role;
  readonly bundled: Bundled;
  readonly pulse: Pulse;
  /** Among the predictors of the store. */
  readonly place: number;
  readonly pluginThread: string;
  readonly limits: PoolLimits;
  /** Never inline, though it may want that. */
  readonly apart: boolean;
}

/** Why a predictor of that kind cannot be asked: it may have been defined with another version of this package. */
function misfitOf({ role, columns }: Described, needed: Role): string | undefined {
  if (role !== needed) return `is of role ${role}, where one of role ${needed} is needed`;
  const unknown = columns.find((name) => !Object.hasOwn(catalogue[role], name));
  return unknown === undefined ? undefined : `wants the column ${unknown}, which there is not`;
}

export class ChosenRunner implements Runner {
  #runner: Runner | undefined;
  #apart: boolean;

  constructor(readonly options: ChosenRunnerOptions) {
    this.#apart = options.apart;
  }

  async open(): Promise<Described> {
    const { role, bundled, request } = this.options;
    const described = await this.#watched(Object.hasOwn(bundled, request.plugin) ? this.#openBundled() : this.#openOther());
    const misfit = misfitOf(described, role);
    if (misfit === undefined) return described;
    await this.end();
    throw new PluginFault('import', 'output', misfit);
  }

  call(hook: HookName, argument: unknown): Promise<unknown> {
    return this.#watched(this.#runner!.call(hook, argument));
  }

  async end(): Promise<void> {
    const runner = this.#runner;
    this.#runner = undefined;
    await runner?.end();
  }

  /** A hook that is late may go on inline whatever is done; the next time it can be ended. */
  async #watched<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof PluginFault && error.reason === 'timeout') this.#apart = true;
      throw error;
    }
  }

  #openIn(inline: boolean): Promise<Described> {
    const { request, bundled, pulse, place, pluginThread, limits } = this.options;
    const isInline = inline && !this.#apart;
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
    if (described.runs === 'pool' || this.#apart) return described;
    await this.end();
    return this.#openIn(true);
  }
}
