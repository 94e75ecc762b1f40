// The bundled predictors keep to what their host relies on, by the suite that authors use.
import test from 'ava';
import { bundled } from '../plugins/index.js';
import { conform } from '../src/predictor/conformance/index.js';
import { isPredictor } from '../src/predictor/index.js';

for (const [name, load] of Object.entries(bundled))
  test(`${name} breaks a promise to its host`, async (t) => {
    const { default: definition } = await load();
    if (!isPredictor(definition)) return t.fail('its default export is no predictor');
    t.is(definition.name, name);
    const findings = await conform(definition);
    t.deepEqual(findings.filter(({ fault }) => fault !== undefined), []);
    t.true(findings.length >= 10);
  });
