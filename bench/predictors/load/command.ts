// npm run bench:predictors -- --load: forecasts of public series, and the cost of public records.
import { parseArgs } from 'node:util';
import { machine } from '../../common/machine.js';
import { Misuse } from '../../common/options.js';
import { dataFolder } from '../../common/public_data.js';
import { say, writeResult } from '../../common/run.js';
import { scoreRecords, scoreSeries, type RecordsScore } from './evaluate.js';
import { publicRecords } from './records.js';
import { loadHtml, loadTables, type LoadResult } from './report.js';
import { otherClients, publicSeries, reversed, withoutEmptyWindows } from './series.js';

export const loadHelp = `Usage: npm run bench:predictors -- --load [options]

--load: forecasts the public series of load one step ahead by the plugins holt-winters and gradient-boosted-load, and the cost of
public records by record-cost and gradient-boosted-load; all learn row by row, and predict every row before they learn of it.

  --other-clients also the clients of the tables that are not among the public series
  --reversed      series turned round in time, by which no setting was chosen
  --json FILE     everything that was found (default build/bench/predictors-load.json)
  --html FILE     (default build/bench/predictors-load.html)
`;

const parse = (args: string[]) =>
  parseArgs({
    args,
    options: {
      load: { type: 'boolean' },
      data: { type: 'string' },
      'other-clients': { type: 'boolean', default: false },
      'reversed': { type: 'boolean', default: false },
      json: { type: 'string', default: 'build/bench/predictors-load.json' },
      html: { type: 'string', default: 'build/bench/predictors-load.html' },
    },
  }).values;

interface Chosen {
  /** The clients too that have no series of their own. */
  readonly others: boolean;
  /** All series turned round in time. */
  readonly turned: boolean;
}

export async function evaluateLoad(data: string, { others, turned }: Chosen, tell: (text: string) => void): Promise<LoadResult> {
  const known = publicSeries(data);
  const forward = [...known, ...withoutEmptyWindows(known), ...(others ? otherClients(data) : [])];
  const series = turned ? reversed(forward) : forward;
  // A series that is the same all the time is no question: what it is compared with makes no errors.
  const scores = (await scoreSeries(series, tell)).filter(({ lastValue }) => lastValue > 0);
  const records: RecordsScore[] = [];
  for (const some of publicRecords(data)) records.push(await scoreRecords(some, tell));
  return { series: scores, records };
}

export async function loadCommand(args: string[]): Promise<void> {
  const values = parse(args);
  const data = dataFolder(values.data);
  const result = await evaluateLoad(data, { others: values['other-clients'], turned: values.reversed }, say);
  if (result.series.length === 0 && result.records.length === 0) throw new Misuse(`${data} holds none of the public data.`);
  writeResult(values.json, `${JSON.stringify({ machine: machine(), ...result }, undefined, 1)}\n`);
  writeResult(values.html, loadHtml(machine(), result));
  process.stdout.write(loadTables(result));
}
