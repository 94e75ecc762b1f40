// How far the store has come back: phases to wait for, and figures.
import type { RecoveryPhase } from '../observe/index.js';
import type { Driver } from './driver.js';

/** Figures of a recovery; times in milliseconds. Further fields are for people. */
export interface RecoveryReport {
  readonly phase: RecoveryPhase | 'closing' | 'closed';
  /** 0 to 1. */
  readonly progress: number;
  /** Milliseconds until everything is in its place, as far as can be told. */
  readonly estimateMs: number;
  readonly [field: string]: unknown;
}

const order: readonly RecoveryPhase[] = ['opening', 'open', 'hot', 'full'];
const ended: RecoveryReport = { phase: 'closed', progress: 0, estimateMs: 0 };

/** A phase to be reached. */
class Milestone {
  /** Somebody waits for it. */
  awaited = false;
  settled = false;
  readonly reached: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor() {
    this.reached = new Promise<void>((...settle) => {
      [this.#resolve, this.#reject] = settle;
    });
    this.reached.catch(() => {}); // only who waits for it is told
  }

  resolve(): void {
    this.settled = true;
    this.#resolve();
  }

  reject(error: Error): void {
    this.settled = true;
    this.#reject(error);
  }
}

/**
 * The recovery of a store. Every key can be read from `open` on; what follows makes it fast.
 *
 * @example
 * const store = await open('./data');
 * await store.recovery.hot; // what is wanted first is in memory: report readiness now
 */
export class Recovery {
  readonly #driver: Driver;
  readonly #milestones = { open: new Milestone(), hot: new Milestone(), full: new Milestone() };

  /** @internal */
  constructor(driver: Driver) {
    this.#driver = driver;
    driver.otherWork.push(
      () => Object.values(this.#milestones).filter(({ awaited, settled }) => awaited && !settled).length,
    );
    driver.emitter.on('recovery', ({ phase }) => this.#reach(phase));
    this.#reach(this.phase);
  }

  /** Where it stands: 'opening', 'open' (any key can be read), 'hot' (what is wanted first is in memory), 'full'. */
  get phase(): RecoveryReport['phase'] {
    return this.report().phase;
  }

  /** Share of the recovery that is done, 0 to 1. */
  get progress(): number {
    return this.report().progress;
  }

  /** Estimated milliseconds to `full`. */
  get estimateMs(): number {
    return this.report().estimateMs;
  }

  /** Resolves when any key can be read and written. Rejects with FORESHARD_CLOSED if the store closes before. */
  get open(): Promise<void> {
    return this.#wait('open');
  }

  /** Resolves when what is wanted first is in memory. Rejects like `open`. */
  get hot(): Promise<void> {
    return this.#wait('hot');
  }

  /** Resolves when all is loaded that memory has room for. Rejects like `open`. */
  get full(): Promise<void> {
    return this.#wait('full');
  }

  /** All figures: what was read, from which checkpoint, how long it took, what was damaged. */
  report(): RecoveryReport {
    const json = this.#driver.native.recoveryJson();
    return json === undefined ? ended : (JSON.parse(json) as RecoveryReport);
  }

  /** @internal */
  end(): void {
    for (const milestone of Object.values(this.#milestones)) milestone.reject(this.#driver.closedError());
  }

  /** Who waits keeps the process alive. */
  #wait(name: 'open' | 'hot' | 'full'): Promise<void> {
    const milestone = this.#milestones[name];
    milestone.awaited = true;
    this.#driver.endTurnSoon();
    return milestone.reached;
  }

  #reach(phase: RecoveryReport['phase']): void {
    for (const name of ['open', 'hot', 'full'] as const) {
      if (order.indexOf(name) <= order.indexOf(phase as RecoveryPhase)) this.#milestones[name].resolve();
    }
  }
}
