// The recovery profile of a store: what past recoveries were like, what the next one is to bring back first, and why. What is asked
// for first after a restart is compared with what had been put first, and with what past restarts alone would have put there; that
// decides how much place the past restarts get.
import type { AccessWindow } from '../batch.js';
import { composeProfile, FirstTouches, RecoveryLog, rememberedOrder, type ProfileOrder } from '../profile/index.js';
import type { StateFiles } from '../state-files.js';
import type { KeyPlace, ProfileTold, RecoveryFacts } from './messages.js';
import { RememberedTrial } from './remembered-trial.js';
import { decodeOrder, encodeOrder } from './saved-order.js';

const logFile = 'recoveries';
const orderFile = 'order';
const noKeys = new Float64Array(0);
const noOrder = composeProfile({ known: noKeys, remembered: noKeys, predicted: noKeys }, 0);
const firstTold = 20;
const unordered = { known: 0, remembered: 0, predicted: 0, by: '' };

export interface KeeperOptions {
  readonly files: StateFiles;
  /** Keys in an order, at most. */
  readonly keysMax: number;
  /** What was kept cannot be used, and is begun anew. */
  forgotten(error: unknown): void;
  /** All that a restart has asked for first. */
  touched(keys: Float64Array): void;
}

export class ProfileKeeper {
  readonly #options: KeeperOptions;
  #log = new RecoveryLog();
  #trial = new RememberedTrial();
  readonly #touches = new FirstTouches();
  /** By past restarts alone, as of this one's beginning. */
  #remembered: Float64Array = noKeys;
  #known: Float64Array = noKeys;
  #order: ProfileOrder = noOrder;
  #by = '';
  #orderedMs = 0;
  /** What had been put first when the process before ended. */
  #orderBefore: Float64Array = noKeys;
  #counted = false;
  #changed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** What was kept is taken up, and this recovery noted. */
  async begin({ openedMs, clean, ...facts }: RecoveryFacts, aliveMs: number, uptimeMs: number): Promise<void> {
    await this.#restored(logFile, (bytes) => (this.#log = RecoveryLog.fromBytes(bytes)));
    await this.#restored(orderFile, (bytes) => {
      const saved = decodeOrder(bytes);
      this.#orderBefore = saved.keys;
      this.#trial = saved.trial;
    });
    this.#remembered = rememberedOrder(this.#log.entries, this.#options.keysMax);
    const entry = { openedMs, clean, aliveMs, uptimeMs, ...facts, order: unordered, touches: noKeys };
    if (this.#log.entries.at(-1)?.openedMs === openedMs) return;
    this.#log.add(entry);
    this.#changed = true;
  }

  get log(): RecoveryLog {
    return this.#log;
  }

  /** Keys of work that was accepted and not done: they come first. */
  expect(keys: Float64Array): void {
    this.#known = keys;
  }

  /** `window`: counted from the open. */
  note(window: AccessWindow): void {
    if (this.#counted) return;
    this.#touches.note(window);
    if (this.#touches.done) this.#count();
  }

  /** More is known of how the recovery went. */
  amend(facts: RecoveryFacts): void {
    this.#log.amend(facts);
    this.#changed = true;
  }

  /** The whole order, by what is predicted. */
  compose(predicted: Float64Array, by: string): Float64Array {
    const lists = { known: this.#known, remembered: this.#remembered, predicted };
    this.#order = composeProfile(lists, this.#options.keysMax, { rememberedShare: this.#trial.share });
    this.#by = by;
    this.#orderedMs = Date.now();
    this.#log.amend({ order: { ...this.#order.counts, by } });
    this.#changed = true;
    return this.#order.order;
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const { files } = this.#options;
    await files.write(logFile, this.#log.toBytes());
    if (this.#order.order.length > 0) await files.write(orderFile, encodeOrder({ keys: this.#order.order, trial: this.#trial }));
  }

  /** A life that ends before all is counted has asked for that much. */
  finish(): void {
    if (!this.#counted) this.#count();
  }

  /** What the profile is now; of `keys`, who put each where. */
  told(keys: readonly number[] = []): ProfileTold {
    const { order, counts } = this.#order;
    const { mean } = this.#log.score();
    const recoveries = this.#log.entries.map(({ touches, ...entry }) => ({ ...entry, touches: touches.length }));
    return {
      order: { ...counts, by: this.#by, time: this.#orderedMs, rememberedShare: this.#trial.share },
      first: Array.from(order.subarray(0, firstTold), (key) => this.#placeOf(key)!),
      asked: keys.map((key) => this.#placeOf(key)),
      recoveries,
      score: mean,
    };
  }

  #placeOf(key: number): KeyPlace | undefined {
    const found = this.#order.sourceOf(key);
    return found && { ...found, key };
  }

  /** Once for each restart: who would have been right about what was asked for. */
  #count(): void {
    this.#counted = true;
    const { keys } = this.#touches;
    if (keys.length === 0) return;
    this.#trial.add(keys, this.#remembered, this.#orderBefore);
    this.#log.amend({ touches: keys });
    this.#changed = true;
    this.#options.touched(keys);
  }

  async #restored(name: string, use: (bytes: Uint8Array) => void): Promise<void> {
    try {
      const bytes = await this.#options.files.read(name);
      if (bytes !== undefined) use(bytes);
    } catch (error) {
      this.#options.forgotten(error);
    }
  }
}
