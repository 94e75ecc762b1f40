// Many requests under way at once: each lane makes its next request when it has the answer to the last.
import { isPromise, nextTurn } from './turns.js';

export interface Lanes {
  readonly lanes: number;
  /** Whether the lanes are to end; asked between two requests of a lane. */
  readonly over: () => boolean;
  /** Requests of a lane from one such look to the next. Default: 1. */
  readonly perLook?: number;
  /**
   * Requests of a lane before the event loop has its turn: reads in memory never wait, and would leave no room for others.
   * Default: 64.
   */
  readonly perTurn?: number | undefined;
  /** What it answers is waited for if it is a promise. */
  readonly request: () => unknown;
}

export async function runLanes({ lanes, over, perLook = 1, perTurn = 64, request }: Lanes): Promise<void> {
  const lane = async () => {
    for (let made = 0; made % perLook !== 0 || !over(); made++) {
      if (made > 0 && made % perTurn === 0) await nextTurn();
      const answer = request();
      if (isPromise(answer)) await answer;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
