// Times requests, and counts what they cost: to this process, and to the server if there is one.
import { createHistogram, performance } from 'node:perf_hooks';
import { serverCost } from '../common/machine.js';
import { Checks } from '../common/reads.js';
import { latencyShares } from '../common/statistics.js';
import type { Values } from '../common/dataset.js';
import type { Measured } from './tasks.js';

const timedOneIn = 16;

export class Meter {
  operations = 0;
  readonly checks: Checks;
  #latencies = createHistogram();
  #startedMs = performance.now();
  #cpuBefore = 0;
  readonly #serverPid: number | undefined;

  constructor(values: Values, serverPid: number | undefined) {
    this.checks = new Checks(values);
    this.#serverPid = serverPid;
    this.#cpuBefore = this.#cpuSeconds();
  }

  /** Begins to measure: what came before was the warm-up. */
  restart(): void {
    this.operations = 0;
    this.checks.restart();
    this.#latencies = createHistogram();
    this.#cpuBefore = this.#cpuSeconds();
    this.#startedMs = performance.now();
  }

  /** Work of the harness in the middle of a run: neither its time nor what CPUs do meanwhile is the store's. */
  leaveOut<T>(work: () => T): T {
    const [ms, cpuSeconds] = [performance.now(), this.#cpuSeconds()];
    const result = work();
    this.#startedMs += performance.now() - ms;
    this.#cpuBefore += this.#cpuSeconds() - cpuSeconds;
    return result;
  }

  /** Whether this request is one of those that are timed. */
  get timesNext(): boolean {
    return this.operations % timedOneIn === 0;
  }

  took(sinceMs: number): void {
    this.#latencies.record(Math.max(1, Math.round((performance.now() - sinceMs) * 1e6)));
  }

  result(): Measured {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const cpuSeconds = this.#cpuSeconds() - this.#cpuBefore;
    const latencyUs = Object.fromEntries(latencyShares.map((share) => [share, this.#latencies.percentile(share * 100) / 1000]));
    const { operations } = this;
    const { wrong, digest } = this.checks;
    const residentBytes = process.memoryUsage.rss() + serverCost(this.#serverPid).residentBytes;
    return { kind: 'measured', operations, seconds, cpuSeconds, residentBytes, latencyUs, wrong, digest };
  }

  #cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6 + serverCost(this.#serverPid).cpuSeconds;
  }
}
