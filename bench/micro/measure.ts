// Times a case: its rate with the package `benchmark`, its percentiles with mitata where that is installed.
import Benchmark from 'benchmark';
import { moduleAt, versionOf } from '../peers/installed.js';
import type { Case } from './case.js';

// It would compile the source of a case anew, without what that refers to.
Benchmark.support.decompilation = false;

/** Of one run of a case, in nanoseconds for each time that the thing was done. */
export interface Timed {
  readonly ns: number;
  readonly samples: number;
  /** Of mitata; undefined: it is not installed. */
  readonly percentiles: Percentiles | undefined;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

interface Options {
  min_cpu_time: number;
  /** Nanoseconds below which calls are timed together: none are. */
  batch_threshold: number;
  gc: () => void;
}
interface Mitata {
  measure(call: () => unknown, options: Options): Promise<Percentiles>;
}

export function mitataVersion(): string | undefined {
  try {
    return versionOf('mitata');
  } catch {
    return undefined;
  }
}

async function rateOf({ name, call, later }: Case, seconds: number): Promise<{ secondsEach: number; samples: number }> {
  type Deferred = { resolve(): void };
  const fn = later ? (deferred: Deferred) => void (call() as Promise<unknown>).then(() => deferred.resolve()) : call;
  const benchmark = new Benchmark(name, fn, { maxTime: seconds, minTime: seconds / 10, minSamples: 5, defer: later, async: true });
  const ended = new Promise<void>((resolve) => benchmark.on('complete', () => resolve()));
  benchmark.run({ async: true });
  await ended;
  if (benchmark.error) throw benchmark.error;
  return { secondsEach: benchmark.stats.mean, samples: benchmark.stats.sample.length };
}

export async function timed(one: Case, seconds: number): Promise<Timed> {
  const { secondsEach, samples } = await rateOf(one, seconds);
  const each = (ns: number) => ns / one.times;
  if (mitataVersion() === undefined) return { ns: each(secondsEach * 1e9), samples, percentiles: undefined };
  const { measure } = await moduleAt<Mitata>('mitata');
  const { p50, p99, p999 } = await measure(one.call, { min_cpu_time: seconds * 1e9, batch_threshold: 0, gc: () => {} });
  return { ns: each(secondsEach * 1e9), samples, percentiles: { p50: each(p50), p99: each(p99), p999: each(p999) } };
}
