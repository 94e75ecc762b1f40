// The predictors of a store: the simple one that stands by, the chosen one and its challengers, each under guard.
import { createHash } from 'node:crypto';
import type { AccessColumn, Role } from '../catalogue/index.js';
import type { Bundled } from '../load.js';
import type { StateFiles } from '../state-files.js';
import { ChosenRunner } from './chosen-runner.js';
import type { Decision } from './decisions.js';
import { Guarded, type Failure } from './guarded.js';
import { PluginFault, messageOf, type Described } from './hooks.js';
import type { AnalystData } from './messages.js';
import type { Chosen } from './options.js';
import { Pulse } from './pulse.js';

const fallbackPlugin = 'decaying-average';
/** Of a name in that of its file: all of them fit. */
const nameLengthMax = 24;

/** What a predictor with these settings has learned; another version's is not for it. */
function stateFile({ plugin, settings }: Chosen, { name, version }: Described): string {
  const which = createHash('sha256').update(JSON.stringify([name, plugin, settings])).digest('hex').slice(0, 16);
  return `${name.slice(0, nameLengthMax)}-${which}.v${version}`;
}

export class Line {
  readonly fallback: Guarded;
  readonly active: Guarded;
  readonly challengers: readonly Guarded[];
  readonly failure: Guarded | undefined;
  readonly #pulse: Pulse;
  readonly #members: { readonly chosen: Chosen; readonly guarded: Guarded }[] = [];

  constructor(
    readonly data: AnalystData,
    readonly bundled: Bundled,
    readonly files: StateFiles,
    readonly decided: (decision: Omit<Decision, 'serving'>) => void,
  ) {
    this.#pulse = new Pulse(data.pulse);
    const { policy } = data;
    this.fallback = this.#member({ plugin: fallbackPlugin, settings: {} }, 'access');
    this.active = this.#member(policy.access, 'access');
    this.challengers = policy.challengers.map((chosen) => this.#member(chosen, 'access'));
    this.failure = policy.failure && this.#member(policy.failure, 'failure');
  }

  /** All features that are wanted, as far as the predictors have told. */
  get columns(): readonly AccessColumn[] {
    const all = this.#members.flatMap(({ guarded }) => (guarded.described?.role === 'access' ? guarded.described.columns : []));
    return [...new Set(['recencyRank', ...all])] as AccessColumn[];
  }

  /** They are created; those that ended the thread before rest now. */
  async begin(): Promise<void> {
    for (const { place, hook, reason, message } of this.data.blamed)
      await this.#members[place]!.guarded.fail(new PluginFault(hook, reason, message));
    await Promise.all(this.#members.map(({ guarded }) => guarded.ready()));
  }

  /** Keeps what each has learned; what cannot be written is told. */
  async save(): Promise<void> {
    for (const { chosen, guarded } of this.#members) {
      const state = await guarded.save();
      if (state === undefined) continue;
      await this.files.write(stateFile(chosen, guarded.described!), state).catch((error: unknown) => {
        this.decided({ change: 'unsaved', predictor: guarded.name, reason: messageOf(error) });
      });
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#members.map(({ guarded }) => guarded.end()));
  }

  #member(chosen: Chosen, role: Role): Guarded {
    const { policy, from, pluginThread, apart, blamed } = this.data;
    const place = this.#members.length;
    const isBundled = Object.hasOwn(this.bundled, chosen.plugin);
    const runner = new ChosenRunner({
      request: { ...chosen, seed: 1 + place, from, deadlineMs: policy.deadlineMs },
      role,
      bundled: this.bundled,
      pulse: this.#pulse,
      place,
      pluginThread,
      limits: { memoryLimit: policy.memoryLimit, pulse: this.#pulse },
      apart: !isBundled && (apart === 'all' || apart.includes(place)),
    });
    const guarded = new Guarded({
      plugin: blamed.find((one) => one.place === place)?.predictor ?? chosen.plugin,
      runner,
      nowMs: () => performance.now(),
      stateOf: (described) => this.#stateOf(chosen, described),
      failed: (failure) => this.#failed(failure),
    });
    this.#members.push({ chosen, guarded });
    return guarded;
  }

  /** What it has saved in an earlier process. */
  async #stateOf(chosen: Chosen, described: Described): Promise<Uint8Array | undefined> {
    try {
      return await this.files.read(stateFile(chosen, described));
    } catch (error) {
      this.decided({ change: 'forgotten', predictor: described.name, reason: messageOf(error) });
      return undefined;
    }
  }

  #failed({ predictor, hook, reason, message }: Failure): void {
    const why = `${predictor}: ${hook}: ${message}`;
    this.decided({ change: 'failed', predictor, hook, fault: reason, reason: why });
  }
}
