// npm run bench:predictors -- --failure: how well failures of nodes are foretold.
import { parseArgs } from 'node:util';
import failureHazard from '../../../plugins/failure-hazard/index.js';
import { dataFolder } from '../../common/public_data.js';
import { say, writeResult } from '../../common/run.js';
import { evaluate, type FailureResult } from './failure.js';
import { coalescedIn, recordsIn } from './records.js';
import { failureHtml, failureTables } from './report.js';

export const failureHelp = `--failure: walks failure-hazard forward through recorded failures of nodes (LANL) and of a machine
(BlueGene/L). Tells how likely it held what came, beside constant rates, and whether as many failures came as it expected.

  --json FILE     (default build/bench/predictors-failure.json)
  --html FILE     (default build/bench/predictors-failure.html)
`;

const parse = (args: string[]) =>
  parseArgs({
    args,
    options: {
      failure: { type: 'boolean' },
      data: { type: 'string' },
      json: { type: 'string', default: 'build/bench/predictors-failure.json' },
      html: { type: 'string', default: 'build/bench/predictors-failure.html' },
    },
  }).values;

export async function failureCommand(args: string[]): Promise<void> {
  const { data: named, json, html } = parse(args);
  const data = dataFolder(named);
  const records = recordsIn(data);
  const coalesced = coalescedIn(data);
  const results: FailureResult[] = [];
  for (const recorded of records.map((make) => make())) {
    say(recorded.name);
    results.push(await evaluate(recorded, failureHazard));
  }
  writeResult(json, `${JSON.stringify({ results, coalesced }, undefined, 1)}\n`);
  writeResult(html, failureHtml(results, coalesced));
  process.stdout.write(failureTables(results, coalesced));
}
