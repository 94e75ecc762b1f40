// A thing whose time is measured.

export interface Case {
  readonly group: string;
  readonly name: string;
  /** How many times one call does it. */
  readonly times: number;
  /** What it answers is waited for if `later`. Answers something that follows from the work, so that none is left out. */
  readonly call: () => unknown;
  readonly later: boolean;
}

/** Cases of a group: one that answers at once, and one that answers by a promise. */
export const casesOf = (group: string) => ({
  now: (name: string, call: () => unknown, times = 1): Case => ({ group, name, times, call, later: false }),
  later: (name: string, call: () => Promise<unknown>, times = 1): Case => ({ group, name, times, call, later: true }),
});

/** Calls `work` so many times, with the numbers from 0 on. */
export function repeated(times: number, work: (i: number) => unknown): () => unknown {
  return () => {
    let last: unknown;
    for (let i = 0; i < times; i++) last = work(i);
    return last;
  };
}
