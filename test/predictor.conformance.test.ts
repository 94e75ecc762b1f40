// The bundled predictors keep to what their host relies on, by the suite that authors use.
import test, { type ExecutionContext } from 'ava';
import { bundled } from '../plugins/index.js';
import { conform, type ConformanceOptions } from '../src/predictor/conformance/index.js';
import { isPredictor } from '../src/predictor/index.js';
import { loadPredictor } from '../src/predictor/load.js';
import { served } from './support/remote.js';

type Name = keyof typeof bundled;

/** Those that are nothing without a server, and what it serves to them. */
const remotes = {
  'remote': ['successor', 'decaying-average'],
  'remote-load': ['record-cost', 'holt-winters'],
  'remote-failure': ['failure-hazard'],
} satisfies Partial<Record<Name, Name[]>>;

/** The thread of the tests is busy with the others for a while. */
const hookMs = 100_000;

async function keepsAll(t: ExecutionContext, name: string, options: ConformanceOptions = {}): Promise<void> {
  const { default: definition } = await bundled[name as Name]();
  if (!isPredictor(definition)) return t.fail('its default export is no predictor');
  t.is(definition.name, name);
  const findings = await conform(definition, options);
  t.deepEqual(findings.filter(({ fault }) => fault !== undefined), []);
  t.true(findings.length >= 10);
}

for (const name of Object.keys(bundled).filter((one) => !Object.hasOwn(remotes, one)))
  test(`${name} breaks a promise to its host`, (t) => keepsAll(t, name));

for (const [name, others] of Object.entries(remotes))
  for (const other of others)
    test(`${name} breaks a promise to its host where ${other} is served`, async (t) => {
      const { url } = await served(t, await loadPredictor(other, bundled), { limits: { sessions: 64 } });
      await keepsAll(t, name, { settings: { url, timeoutMs: hookMs } });
    });
