// The process that is killed: 64 lanes of puts, dels, batches and gets, each telling the record what it is about to
// write and what was acknowledged, and one that splits and merges shards all the time. Arguments: directory, io, seed, last version, and 'load', or 'open' to do nothing more.
import { open } from '../../src/index.js';
import { keyName, keysPerLane, lanes, tellAcknowledged, tellIssued, tellOpened, tellWrong, valueOf, type Write } from './kill-record.js';
import { Random } from './random.js';
import { smallStore } from './stores-options.js';

const [directory = '', io, seed, lastVersion, mode] = process.argv.slice(2);
const random = new Random(Number(seed));
let version = Number(lastVersion);

const store = await open(directory, { ...smallStore, io: io as 'ring' | 'pool', partition: false });
tellOpened();

function someKeys(): number[] {
  const count = random.below(4) === 0 ? 2 + random.below(12) : 1;
  return [...new Set(Array.from({ length: count }, () => random.below(keysPerLane)))];
}

function start(lane: number, { keys, deletes, version: ofWrite }: Write): Promise<number> {
  const [key] = keys;
  if (keys.length === 1) {
    return deletes ? store.del(keyName(lane, key!)) : store.put(keyName(lane, key!), valueOf(lane, key!, ofWrite));
  }
  return store.batch(
    keys.map((one) =>
      deletes
        ? ({ type: 'del', key: keyName(lane, one) } as const)
        : ({ type: 'put', key: keyName(lane, one), value: valueOf(lane, one, ofWrite) } as const),
    ),
  );
}

async function write(lane: number, mine: Map<number, number>): Promise<void> {
  const one: Write = { version: ++version, keys: someKeys(), deletes: random.below(8) === 0 };
  tellIssued(lane, one);
  const acknowledged = start(lane, one);
  for (const key of one.keys) mine.set(key, one.deletes ? 0 : one.version);
  if (random.below(4) === 0) await read(lane, mine); // what was accepted can be read, though it is not yet acknowledged
  await acknowledged;
  tellAcknowledged(lane);
}

async function read(lane: number, mine: Map<number, number>): Promise<void> {
  const key = random.pick([...mine.keys()]);
  const expected = mine.get(key)!;
  const value = await store.get(keyName(lane, key));
  const right = expected === 0 ? value === undefined : value?.equals(valueOf(lane, key, expected));
  if (!right) tellWrong(lane, key, expected);
}

async function runLane(lane: number): Promise<void> {
  const mine = new Map<number, number>();
  for (;;) {
    await write(lane, mine);
    if (random.below(2) === 0) await read(lane, mine);
  }
}

async function reshard(): Promise<void> {
  for (;;) {
    const shards = store.shards.list();
    const { id, from, to } = random.pick(shards);
    if (from > 0 && (shards.length > 12 || random.below(2) === 0)) await store.shards.merge(id);
    else if (to - from > 2 ** -10) await store.shards.split(id, { at: Math.round((from + to) * 32_768) / 65_536 });
    else await new Promise(setImmediate);
  }
}

if (mode === 'load') await Promise.all([reshard(), ...Array.from({ length: lanes }, (_, lane) => runLane(lane))]);
else setInterval(() => store, 1000);
