// The conformance suite of predictors, exported as foreshard/predictor/conformance: what a host relies on, checked one by one.
import type { Predictor } from '../define.js';
import { checks, type Trial } from './checks.js';

export interface Finding {
  /** What is promised. */
  readonly name: string;
  /** Why it is not kept; absent if it is. */
  readonly fault?: string;
}

export interface ConformanceOptions {
  /** Of the predictor, as in the options of a store. Default: none. */
  settings?: Readonly<Record<string, unknown>>;
  /** Default: 1. */
  seed?: number;
  /** Hears of each check before it is run. */
  begins?(name: string): void;
}

/**
 * Runs all checks and answers what was found, in their order; never rejects for what the predictor does. A hook that never returns
 * is not interrupted: run it in a worker where that may be.
 * @example
 * const findings = await conform(mine);
 * assert.deepEqual(findings.filter(({ fault }) => fault), []);
 */
export async function conform(definition: Predictor, options: ConformanceOptions = {}): Promise<Finding[]> {
  const { settings = {}, seed = 1, begins } = options;
  const trial: Trial = { definition, settings, seed };
  const findings: Finding[] = [];
  for (const { name, run } of checks) {
    begins?.(name);
    findings.push(await run(trial).then(() => ({ name }), (error: unknown) => ({ name, fault: String(error) })));
  }
  return findings;
}
