// The crash: a process loads and uses a store until it is killed.
import { closeSync, openSync } from 'node:fs';
import { journalDescriptor, startChild } from './children.js';
import type { Message, WriterProgress } from './messages.js';
import type { Options } from './options.js';
import type { Place } from './place.js';
import { Random } from './random.js';
import type { Shape } from './workload.js';

export interface Crash {
  readonly loadMs: number;
  readonly trafficMs: number;
  /** What the process had told last. */
  readonly last: WriterProgress;
}

/** Between nine and eleven tenths of the seconds. */
function crashAfterMs({ seconds, seed }: Options): number {
  return seconds * 1000 * (0.9 + 0.2 * new Random(seed).next());
}

export async function crash(
  place: Place,
  shape: Shape,
  options: Options,
  show: (text: string) => void,
): Promise<Crash> {
  const journal = openSync(place.journal, 'a');
  const begin = performance.now();
  const keys = shape.baseKeys * shape.copies;
  let trafficBegin: number | undefined;
  let last: WriterProgress | undefined;
  let failure: string | undefined;
  const hear = (message: Message) => {
    if (message.type === 'failed') failure = message.why;
    if (message.type !== 'writing') return;
    last = message;
    if (message.phase === 'traffic' && trafficBegin === undefined) {
      trafficBegin = performance.now();
      setTimeout(() => child.process.kill('SIGKILL'), crashAfterMs(options));
    }
    show(progressOf(message, keys, performance.now() - (trafficBegin ?? begin)));
  };
  const child = startChild('writer.js', [place.workload, place.store, String(journalDescriptor)], hear, journal);
  const { code, signal } = await child.ended;
  closeSync(journal);
  if (signal !== 'SIGKILL' || last === undefined || trafficBegin === undefined) {
    throw new Error(`The writing process ended by itself (${signal ?? code}): ${failure ?? 'no reason was told'}`);
  }
  return { loadMs: trafficBegin - begin, trafficMs: performance.now() - trafficBegin, last };
}

function progressOf({ phase, loaded, reads, writes }: WriterProgress, keys: number, elapsedMs: number): string {
  const count = (number: number) => number.toLocaleString('en');
  if (phase === 'load') return `loading: ${Math.floor((100 * loaded) / keys)} %, ${count(loaded)} writes acknowledged`;
  const rate = Math.round((reads + writes) / Math.max(elapsedMs, 100));
  const seconds = (elapsedMs / 1000).toFixed(1);
  return `traffic: ${seconds} s, ${count(reads)} reads, ${count(writes)} durable writes, ${rate} k/s`;
}
