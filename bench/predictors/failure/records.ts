// The recorded failures that predictors are scored on.
import { dataLines } from '../../common/public_data.js';
import type { Recorded } from './failure.js';
import { outageHistories, recordHistories, type Coalescing } from './histories.js';

const hour = 3600;
const incident = 300;
const nodeRecords = 'failures/lanl_node_failures.csv.gz';
const machineRecords = 'failures/bgl_failures.csv.gz';

/** Every set, made when its turn comes: they are large. */
export function recordsIn(data: string): (() => Recorded)[] {
  const [nodeLines, machineLines] = [dataLines(data, nodeRecords), dataLines(data, machineRecords)];
  const machine = (name: string, about: string, interval: number, of: Coalescing['of']) => (): Recorded =>
    ({ name, about, interval, histories: recordHistories(machineLines, { silence: incident, of }) });
  const charged = 'midplanes; an incident of the machine, ended by 5 min of silence, is one failure of the midplane seen first';
  const alone = 'midplanes; records of a midplane within 5 min are one failure of it, whatever happens to others';
  return [
    () => ({ name: 'LANL, a day', about: 'all nodes of 16 systems', interval: 24 * hour, histories: outageHistories(nodeLines) }),
    machine('BG/L incidents, 6 h', charged, 6 * hour, 'all'),
    machine('BG/L incidents, an hour', charged, hour, 'all'),
    machine('BG/L midplanes, 6 h', alone, 6 * hour, 'node'),
    machine('BG/L midplanes, an hour', alone, hour, 'node'),
  ];
}

export interface Coalesced {
  readonly minutes: number;
  /** Failures of midplanes, and incidents of the machine. */
  readonly node: number;
  readonly all: number;
}

/** How many failures the fatal records are, by the silence that ends one. */
export function coalescedIn(data: string): Coalesced[] {
  const lines = dataLines(data, machineRecords);
  const failures = (minutes: number, of: Coalescing['of']) =>
    recordHistories(lines, { silence: 60 * minutes, of }).reduce((sum, { outages }) => sum + outages.length, 0);
  return [0, 1, 5, 20, 60].map((minutes) => ({ minutes, node: failures(minutes, 'node'), all: failures(minutes, 'all') }));
}
