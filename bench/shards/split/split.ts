// What a full load notices of splits and merges. Runs, and what follows from them.
import { rounded } from '../../common/statistics.js';
import { measured } from '../measured.js';
import type { LoadWindow, SplitMeasured, SplitTask } from '../tasks.js';

export interface SplitSettings extends Omit<SplitTask, 'do'> {
  readonly runs: number;
  readonly say: (text: string) => void;
}

/** A window over the mean of the two quiet ones beside it. */
export interface Ratio {
  readonly rate: number;
  readonly p99: number;
}

export const rateOf = ({ requests, seconds }: LoadWindow): number => requests / seconds;

export function ratiosOf(windows: readonly LoadWindow[], what: LoadWindow['what']): Ratio[] {
  return windows.flatMap((window, at) => {
    if (window.what !== what) return [];
    const beside = [windows[at - 1]!, windows[at + 1]!];
    const mean = (of: (one: LoadWindow) => number) => (of(beside[0]!) + of(beside[1]!)) / 2;
    return [{ rate: rateOf(window) / mean(rateOf), p99: window.p99Ms / mean(({ p99Ms }) => p99Ms) }];
  });
}

export async function split({ runs, say, ...asked }: SplitSettings): Promise<SplitMeasured[]> {
  const results: SplitMeasured[] = [];
  for (let run = 0; run < runs; run++) {
    const result = await measured(asked.directory, { ...asked, do: 'split', seed: asked.seed + run }, 'split');
    results.push(result);
    const pauses = result.changes.map(({ pauseUs }) => pauseUs);
    say(`run ${run + 1}: ${result.cuts.length} splits, longest pause ${rounded(Math.max(...pauses))} us`);
  }
  return results;
}
