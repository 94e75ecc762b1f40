// Whether past restarts are worth being followed: at each restart, of the keys that only they would have put first, how many were
// asked for, against as many of the last ones in the order that there was, whose place they would take.

/** A restart weighs this part of the one after it. */
const restartWeight = 0.7;
/** Of the places, what past restarts may get. */
const shareMax = 0.25;

export interface TrialState {
  /** Keys that were asked for, over restarts, and how many there were of both kinds. */
  readonly remembered: number;
  readonly displaced: number;
  readonly keys: number;
}

export class RememberedTrial {
  #state: TrialState;

  constructor(state: TrialState = { remembered: 0, displaced: 0, keys: 0 }) {
    this.#state = state;
  }

  get state(): TrialState {
    return this.#state;
  }

  /** Of the places of an order, 0 to 1, what remembered keys are to have: none until they were the better ones. */
  get share(): number {
    return this.#state.remembered > this.#state.displaced ? shareMax : 0;
  }

  /** `touched`: what was asked for. Without an order, or without a past, nothing can be compared. */
  add(touched: Float64Array, remembered: Float64Array, order: Float64Array): void {
    const places = Math.floor(order.length * shareMax);
    const ordered = new Set(order);
    const others = remembered.filter((key) => !ordered.has(key)).subarray(0, places);
    if (others.length === 0) return;
    const wanted = new Set(touched);
    const hits = (keys: Float64Array) => keys.reduce((sum, key) => sum + Number(wanted.has(key)), 0);
    const before = this.#state;
    this.#state = {
      remembered: before.remembered * restartWeight + hits(others),
      displaced: before.displaced * restartWeight + hits(order.subarray(order.length - others.length)),
      keys: before.keys * restartWeight + others.length,
    };
  }
}
