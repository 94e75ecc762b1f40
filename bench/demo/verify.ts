// Compares a store with the journal of acknowledged writes: of each key the value must be the newest acknowledged one,
// bit by bit, or a newer one that was under way when the process was killed.
import type { Entry, Store } from '../../src/index.js';
import { digestOf, type Ack, type Acks } from './acks.js';
import { headOf, type Workload } from './workload.js';

const keysAtOnce = 512;
const examplesMax = 5;

export interface Verdict {
  /** Acknowledged writes in the journal, and the keys that they are of. */
  readonly acks: number;
  readonly updates: number;
  readonly keys: number;
  /** Keys with exactly the newest acknowledged value. */
  readonly exact: number;
  /** Keys with a newer value: written, not acknowledged when the process was killed. */
  readonly newer: number;
  /** Keys that are absent or have an older value. */
  readonly lost: number;
  /** Keys whose value was never written so. */
  readonly wrong: number;
  /** Some of the lost and wrong ones, in words. */
  readonly examples: readonly string[];
}

export type Outcome = 'exact' | 'newer' | 'lost' | 'wrong';

export function judge(workload: Workload, ack: Ack, entry: Entry<Buffer> | undefined): Outcome {
  if (entry === undefined) return 'lost';
  const { id, revision } = headOf(entry.value);
  if (id !== ack.id) return 'wrong';
  if (revision < ack.revision) return 'lost';
  if (revision === ack.revision)
    return entry.seq === ack.seq && digestOf(entry.value) === ack.digest ? 'exact' : 'wrong';
  return entry.seq > ack.seq && entry.value.equals(workload.value(id, revision)) ? 'newer' : 'wrong';
}

function describe(workload: Workload, outcome: Outcome, ack: Ack, entry: Entry<Buffer> | undefined): string {
  const found = entry === undefined ? 'absent' : `revision ${headOf(entry.value).revision} at ${entry.seq}`;
  const acknowledged = `revision ${ack.revision} at ${ack.seq}`;
  return `${workload.key(ack.id)} is ${outcome}: acknowledged was ${acknowledged}, found ${found}`;
}

/** Reads one key; what cannot be read is lost, and its error is an example. */
async function readKey(store: Store, key: string, examples: string[]): Promise<Entry<Buffer> | undefined> {
  try {
    return await store.getEntry(key);
  } catch (error) {
    if (examples.length < examplesMax) examples.push(`${key}: ${(error as Error).message}`);
    return undefined;
  }
}

export async function verify(store: Store, workload: Workload, acks: Acks): Promise<Verdict> {
  const counts: Record<Outcome, number> = { exact: 0, newer: 0, lost: 0, wrong: 0 };
  const examples: string[] = [];
  const check = async (ack: Ack) => {
    const entry = await readKey(store, workload.key(ack.id), examples);
    const outcome = judge(workload, ack, entry);
    counts[outcome]++;
    const bad = outcome === 'lost' || outcome === 'wrong';
    if (bad && examples.length < examplesMax) examples.push(describe(workload, outcome, ack, entry));
  };
  for (let first = 0; first < workload.keys; first += keysAtOnce) {
    const ids = Array.from({ length: Math.min(keysAtOnce, workload.keys - first) }, (_, i) => first + i);
    const newest = ids.map((id) => acks.newest(id)).filter((ack) => ack !== undefined);
    await Promise.all(newest.map(check));
  }
  return { acks: acks.count, updates: acks.updates, keys: acks.keys, ...counts, examples };
}
