// The data sets that trees are tried on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LossName } from '../../../plugins/gradient-boosted/trees/index.js';
import { accessed } from './accesses.js';
import { flights } from './flights.js';
import { friedman } from './friedman.js';
import type { Samples } from './sample.js';

export interface TrialSet extends Samples {
  readonly name: string;
  readonly loss: LossName;
}

export interface SetSettings {
  /** To train from; half as many are held out. */
  readonly rows: number;
  readonly seed: number;
  /** The folder that has traces/. */
  readonly data: string;
}

export interface SetKind {
  readonly name: string;
  readonly loss: LossName;
  /** The file that it is made from, if that is not with the project. */
  fileOf?(data: string): string;
  make(settings: SetSettings): Samples;
}

const trace = (name: string, loss: LossName, file: string): SetKind => ({
  name,
  loss,
  fileOf: (data) => join(data, 'traces', file),
  make: ({ rows, seed, data }) => accessed(join(data, 'traces', file), loss, rows, seed),
});

export const setKinds: readonly SetKind[] = [
  { name: 'friedman', loss: 'squared', make: ({ rows, seed }) => friedman(rows, seed) },
  { name: 'flights', loss: 'squared', make: ({ rows, seed }) => flights(rows, seed) },
  trace('objects', 'poisson', 'orm_busy_noclock.csv.gz'),
  trace('blocks', 'logistic', 'cloudphysics_vm.csv.gz'),
];

/** Makes the sets whose files are there, and says which are left out. */
export function makeSets(kinds: readonly SetKind[], settings: SetSettings, say: (text: string) => void): TrialSet[] {
  return kinds.flatMap((kind) => {
    const file = kind.fileOf?.(settings.data);
    if (file === undefined || existsSync(file)) return [{ name: kind.name, loss: kind.loss, ...kind.make(settings) }];
    say(`${kind.name} is left out: there is no ${file}; --data DIR names the folder of the recorded data`);
    return [];
  });
}
