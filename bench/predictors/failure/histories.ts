// Recorded failures as histories of nodes: from when to when a node is observed, and when it was out.

/** What is known of a node. Times are in seconds since 1970. */
export interface History {
  readonly from: number;
  readonly to: number;
  /** Failures in the order of time, none inside of another: when it failed, and from when on it ran again. */
  readonly outages: readonly (readonly [from: number, to: number])[];
}

type Outage = [from: number, to: number];

interface System {
  readonly from: number;
  to: number;
  nodes: number;
  readonly outages: Map<number, Outage[]>;
}

/** An outage that begins in another, or where it ends, is the same failure. */
function addOutage(outages: Outage[], from: number, to: number): void {
  const last = outages.at(-1);
  if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
  else outages.push([from, to]);
}

/**
 * Outages of nodes: start_ms, end_ms, system, node, nodes_in_system. All nodes of a system are observed from its first record to
 * its last, those that never fail too; without that, every node would be one that is known to fail.
 */
export function outageHistories(lines: readonly string[]): History[] {
  const systems = new Map<string, System>();
  for (const line of lines.slice(1)) {
    const [startMs, endMs, name, node, nodes] = line.split(',', 5) as [string, string, string, string, string];
    const [from, to] = [Number(startMs) / 1000, Math.max(Number(startMs), Number(endMs)) / 1000];
    const system = systems.get(name) ?? { from, to: from, nodes: 0, outages: new Map<number, Outage[]>() };
    systems.set(name, system);
    system.to = Math.max(system.to, from);
    system.nodes = Math.max(system.nodes, Number(nodes));
    const outages = system.outages.get(Number(node)) ?? [];
    system.outages.set(Number(node), outages);
    addOutage(outages, from, to);
  }
  return [...systems.values()].flatMap(({ from, to, nodes, outages }) => {
    // Some records name a node above what the system is said to have.
    const numbers = new Set([...Array.from({ length: nodes }, (_, node) => node), ...outages.keys()]);
    return [...numbers].map((node) => ({ from, to, outages: outages.get(node) ?? [] }));
  });
}

export interface Coalescing {
  /** Seconds of silence that end an incident. */
  readonly silence: number;
  /** Whether an incident is of one node, or of all, and then the failure of the node that it was seen at first. */
  readonly of: 'node' | 'all';
}

/** The midplanes of BlueGene/L: 64 racks, R00 to R77 in octal, with two in each. */
export const midplanes: readonly string[] = Array.from(
  { length: 128 },
  (_, at) => `R${(at >> 1).toString(8).padStart(2, '0')}-M${at & 1}`,
);

/**
 * Fatal records: ts_ms and place. A node is a midplane; records of other places are left out. Records in a row without a silence
 * between them are one incident, and one failure (temporal and spatial filtering; Liang et al., "BlueGene/L failure analysis and
 * prediction models", DSN 2006). When a node was up again is not known: at once.
 */
export function recordHistories(lines: readonly string[], { silence, of }: Coalescing): History[] {
  const outages = new Map(midplanes.map((name) => [name, [] as Outage[]]));
  const last = new Map<string, number>();
  const times: number[] = [];
  for (const line of lines.slice(1)) {
    const [ms, place] = line.split(',', 2) as [string, string];
    const failed = outages.get(place.slice(0, 6));
    if (failed === undefined) continue;
    const [seconds, incident] = [Number(ms) / 1000, of === 'all' ? '' : place.slice(0, 6)];
    if (seconds - (last.get(incident) ?? -Infinity) > silence) failed.push([seconds, seconds]);
    last.set(incident, seconds);
    times.push(seconds);
  }
  return [...outages.values()].map((list) => ({ from: times[0] ?? 0, to: times.at(-1) ?? 0, outages: list }));
}
