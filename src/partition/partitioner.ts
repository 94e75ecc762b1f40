// Looks at the load every so often, and splits and merges what asks for it.
import type { HeatSource } from '../heat/index.js';
import { cutsOf, decide, leftAlone, type Decision } from './decide.js';
import { Moment } from './moment.js';
import type { PartitionPolicy } from './options.js';
import { PartitionState } from './state.js';

/** What carries decisions out; positions in units of the ring. */
export interface ShardChanges {
  split(at: number): Promise<unknown>;
  merge(at: number): Promise<unknown>;
}

/** A decision, and when it was made. */
export interface Decided extends Decision {
  /** Milliseconds of the clock that the partitioner was given. */
  readonly timeMs: number;
  /** False: only told (dry run), or refused. */
  readonly done: boolean;
  /** Why it could not be carried out. */
  readonly error?: Error;
}

/** A shift is a cut, and a merge of what lies on its other side with the neighbour. */
function changesOf({ verdict, at, goes }: Decision): { split: boolean; at: number }[] {
  if (verdict === 'split') return [{ split: true, at: at! }];
  if (verdict === 'merge') return [{ split: false, at: at! }];
  return verdict === 'shift' ? [{ split: true, at: at! }, { split: false, at: goes! }] : [];
}

/** A cut may show that one of its parts wants another: so often within one look. */
const roundsMax = 6;
const decidedKept = 256;

export class Partitioner {
  readonly #state: PartitionState;
  readonly #log: Decided[] = [];
  #lastMs: number | undefined;
  #looking = false;

  constructor(
    readonly source: HeatSource,
    readonly changes: ShardChanges,
    readonly policy: PartitionPolicy,
    readonly nowMs: () => number,
    readonly tell: (decided: Decided) => void = () => {},
  ) {
    this.#state = new PartitionState(policy);
  }

  /** What would be done now, without doing it. */
  plan(): Decision[] {
    return decide(this.#moment(), this.#state, 0);
  }

  /** Where a shard is halved best by what it is asked for, by its bytes while there is no load; undefined: it is too small. */
  cutOf(id: number): number | undefined {
    const moment = this.#moment();
    const load = moment.load.shards.find(({ shard }) => shard.id === id);
    return load && cutsOf(load, moment)[0];
  }

  /** For every shard the verdict of this moment; of splits and merges also those of the past, the latest last. */
  why(): { now: Decision[]; past: readonly Decided[] } {
    const moment = this.#moment();
    const decided = decide(moment, this.#state, 0);
    return { now: [...decided, ...leftAlone(moment, decided)], past: this.#log.slice() };
  }

  #moment(): Moment {
    return new Moment(this.source.snapshot(), this.source, this.policy);
  }

  /** One look, and what follows from it. Looks do not overlap. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const now = this.nowMs();
      const elapsedMs = this.#lastMs === undefined ? 0 : now - this.#lastMs;
      this.#lastMs = now;
      this.#state.pass(elapsedMs);
      await this.#rounds(elapsedMs);
    } finally {
      this.#looking = false;
    }
  }

  async #rounds(elapsedMs: number): Promise<void> {
    for (let round = 0; round < roundsMax; round++) {
      const decisions = decide(this.#moment(), this.#state, round === 0 ? elapsedMs : 0);
      const outcomes: boolean[] = [];
      for (const decision of decisions) outcomes.push(await this.#carryOut(decision));
      if (!outcomes.includes(true)) return;
    }
  }

  async #carryOut(decision: Decision): Promise<boolean> {
    const changes = changesOf(decision);
    if (changes.length === 0 || this.policy.dryRun) {
      this.#note(decision, false);
      return false;
    }
    try {
      for (const { split, at } of changes) {
        if (split) this.#state.noteSplit(at);
        else this.#state.noteMerge(at);
        await (split ? this.changes.split(at) : this.changes.merge(at));
      }
      this.#note(decision, true);
      return true;
    } catch (error) {
      this.#note(decision, false, error as Error);
      return false;
    }
  }

  /** A verdict that stays the same from look to look is told once. */
  #note(decision: Decision, done: boolean, error?: Error): void {
    const before = this.#log.findLast(({ shard }) => shard === decision.shard);
    if (!done && error === undefined && before?.verdict === decision.verdict && before.at === decision.at) return;
    const decided = { ...decision, timeMs: this.nowMs(), done, ...(error && { error }) };
    this.#log.push(decided);
    if (this.#log.length > decidedKept) this.#log.shift();
    this.tell(decided);
  }
}
