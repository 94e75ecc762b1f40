// Times all cases, one after the other, in rounds, so that what changes with time changes for all.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.js';
import { crossing } from './crossing.js';
import { javascriptCases } from './javascript.js';
import { timed, type Timed } from './measure.js';

export interface Settings {
  readonly directory: string;
  readonly rounds: number;
  /** Of each case in a round, and of its percentiles. */
  readonly seconds: number;
  readonly say: (text: string) => void;
}

export interface Timing extends Pick<Case, 'group' | 'name' | 'times'> {
  readonly rounds: Timed[];
}

async function timeAll(cases: readonly Case[], { rounds, seconds, say }: Settings): Promise<Timing[]> {
  const timings = cases.map(({ group, name, times }): Timing => ({ group, name, times, rounds: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const [at, one] of cases.entries()) {
      const result = await timed(one, seconds);
      timings[at]!.rounds.push(result);
      say(`round ${round + 1}, ${one.name}: ${result.ns.toFixed(1)} ns`);
    }
  }
  return timings;
}

export async function micro(settings: Settings): Promise<Timing[]> {
  const folder = (name: string) => {
    const path = join(settings.directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const { cases, close } = await crossing(folder);
  try {
    return await timeAll([...cases, ...javascriptCases()], settings);
  } finally {
    await close();
  }
}
