// How soon the partitioning has made the shards even: from cold, and when the hot range jumps. Runs, and what follows from them.
import { measured } from '../measured.js';
import type { Balanced, BalanceTask, Phase } from '../tasks.js';

export interface BalanceSettings extends Omit<BalanceTask, 'do'> {
  readonly runs: number;
  readonly say: (text: string) => void;
}

/** Even: the busiest shard has at most so many times what no cut comes below. */
export const evenWithin = 1.05;

/** Milliseconds from the jump until the shards are even, and stay so to the end of the phase. Undefined: not in this phase. */
export function settledMs({ fromMs, moments }: Pick<Phase, 'fromMs' | 'moments'>): number | undefined {
  const uneven = moments.findLastIndex(({ busiest, floor }) => busiest > evenWithin * floor);
  const first = moments[uneven + 1];
  return first && first.ms - fromMs;
}

export const shownMs = (ms: number | undefined): string => (ms === undefined ? 'not in the phase' : String(Math.round(ms)));

export async function balance({ runs, say, ...asked }: BalanceSettings): Promise<Balanced[]> {
  const results: Balanced[] = [];
  for (let run = 0; run < runs; run++) {
    const result = await measured(asked.directory, { ...asked, do: 'balance', seed: asked.seed + run }, 'balanced');
    results.push(result);
    const settled = result.phases.map((phase) => `${phase.name} ${shownMs(settledMs(phase))}`);
    say(`run ${run + 1}, ms until even: ${settled.join(', ')}`);
  }
  return results;
}
