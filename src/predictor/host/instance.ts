// One predictor, created; in the thread in which it runs.
import type { Predictor } from '../define.js';
import { loadPredictor, type Bundled } from '../load.js';
import { hookNames, isAnswering, type Described, type HookName } from './hooks.js';

/** Which predictor, and with what it is created. */
export interface InstanceRequest {
  readonly plugin: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** The directory from which paths and packages are looked up. */
  readonly from: string;
  readonly deadlineMs: number;
}

type Hooks = Partial<Record<HookName, (argument: unknown) => unknown>>;

/** A hook is asked to end by itself after this part of its time. */
const stopAfter = 0.5;

export class PluginInstance {
  readonly described: Described;
  readonly #hooks: Hooks;
  readonly #deadlineMs: number;
  #began = 0;

  constructor(definition: Predictor, { settings, seed, deadlineMs }: InstanceRequest) {
    this.#deadlineMs = deadlineMs;
    this.#began = performance.now();
    const shouldStop = () => performance.now() - this.#began > this.#deadlineMs * stopAfter;
    this.#hooks = definition.create({ seed, settings, shouldStop }) as unknown as Hooks;
    const { name, role, columns, version, runs } = definition;
    const hooks = hookNames.filter((hook) => typeof this.#hooks[hook] === 'function');
    if (!hooks.includes('predict')) throw new Error('create() gave an object without predict()');
    this.described = { name, role, columns: [...columns], version, runs, hooks };
  }

  /** Imports and creates. */
  static async create(request: InstanceRequest, bundled: Bundled): Promise<PluginInstance> {
    return new PluginInstance(await loadPredictor(request.plugin, bundled, request.from), request);
  }

  async call(hook: HookName, argument: unknown): Promise<unknown> {
    this.#began = performance.now();
    const output = await this.#hooks[hook]!(argument);
    return isAnswering(hook) ? output : undefined;
  }
}
