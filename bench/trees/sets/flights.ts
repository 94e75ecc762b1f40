// Delays of flights by the time of the day and the distance: most of it noise, with a long tail.
import { Random } from '../../demo/random.js';
import { listOf } from '../../demo/records.js';
import { drawn, sampleOf, type Row, type Samples } from './sample.js';

interface Flight {
  readonly delay: number;
  readonly distance: number;
  readonly time: number;
}

export function flights(rows: number, seed: number): Samples {
  const all = listOf('flights-200k.json') as Flight[];
  const some = drawn(all, Math.ceil(rows * 1.5), new Random(seed));
  const table = some.map(({ delay, distance, time }): Row => [[time, distance], delay]);
  return { grown: sampleOf(table.slice(0, rows)), held: sampleOf(table.slice(rows)) };
}
