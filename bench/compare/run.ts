// What a run of a workload works with: the store, the time that it has, and how requests are looked at.
import type { Values } from '../common/dataset.js';
import { runLanes } from '../common/lanes.js';
import type { Found, PeerRecord, PeerStore } from '../peers/index.js';
import type { Meter } from './meter.js';
import type { Task } from './tasks.js';

const perLook = 16; // requests of a lane between two looks at the clock

/** Warm-up first, then what is measured. */
class Clock {
  readonly #run: Run;
  #warm = false;
  #endMs: number;

  constructor(run: Run) {
    this.#run = run;
    this.#endMs = performance.now() + run.task.warmUpSeconds * 1000;
  }

  /** Called where nothing is half done: at the end of the warm-up the counting begins anew. */
  over(): boolean {
    if (performance.now() < this.#endMs) return false;
    if (this.#warm) return true;
    this.#warm = true;
    this.#run.meter.restart();
    this.#endMs = performance.now() + this.#run.task.seconds * 1000;
    return false;
  }
}

export class Run {
  readonly task: Task;
  readonly store: PeerStore;
  readonly values: Values;
  readonly meter: Meter;

  constructor(task: Task, store: PeerStore, values: Values, meter: Meter) {
    this.task = task;
    this.store = store;
    this.values = values;
    this.meter = meter;
  }

  /** Begins with the warm-up: to be made when the requests are. */
  clock(): Clock {
    return new Clock(this);
  }

  /** Makes requests until the time is over. */
  async lanes(lanes: number, request: () => unknown, perTurn?: number): Promise<void> {
    const clock = this.clock();
    await runLanes({ lanes, over: () => clock.over(), perLook, perTurn, request });
  }

  /** Is it a value of this key? */
  check(index: number, value: Found): void {
    this.meter.checks.look(index, value);
    this.meter.operations++;
  }

  /** What was written must be there, in a version that is at least this one. */
  async checkWritten(written: readonly (PeerRecord & { readonly index: number })[], version: number): Promise<number> {
    let wrong = 0;
    for (const { index, key } of written) if (this.values.versionOf(index, await this.store.get(key)) < version) wrong++;
    return wrong;
  }
}
