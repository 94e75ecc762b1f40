// The crossing between JavaScript and C++: the addon's own functions, and beside them the store's, which call them.
import { open, type Store } from '../../src/index.js';
import { Driver } from '../../src/store/driver.js';
import { keyOf, Values } from '../common/dataset.js';
import { casesOf, repeated, type Case } from './case.js';

const keys = 1000;
const values = new Values(100);
const longBytes = 16_384; // too long for the slab: such a value comes as a Buffer of its own
const longKey = 'a long value';
const names = Array.from({ length: keys }, (_, i) => keyOf(i));
const absent = 'user:00000000';

async function fill(store: Store): Promise<void> {
  await Promise.all([...names.map((name, i) => store.put(name, values.of(i, 0))), store.put(longKey, Buffer.alloc(longBytes, 1))]);
}

function nativeCases({ native }: Driver): Case[] {
  const { now } = casesOf('crossing');
  native.setView(Buffer.allocUnsafeSlow(65536));
  return [
    now('an empty call that answers a number: durableSequence()', repeated(keys, () => native.durableSequence()), keys),
    now('a number in: waitDurable() of what is durable', repeated(keys, () => native.waitDurable(0)), keys),
    now('a key in, nothing out: getSync() of an absent key', repeated(keys, () => native.getSync(absent)), keys),
    now('a key in, a number out: hasSync()', repeated(keys, (i) => native.hasSync(names[i]!)), keys),
    now('a key in, 100 bytes into memory that is there: viewSync()', repeated(keys, (i) => native.viewSync(names[i]!)), keys),
    now('a key in, a Buffer of 16 KiB out: getSync()', repeated(100, () => native.getSync(longKey)), 100),
  ];
}

function storeCases(store: Store, interval: Store): Case[] {
  const { now, later } = casesOf('store');
  const value = values.of(0, 1);
  const put = async () => {
    let last: Promise<number> | undefined;
    for (const name of names) last = interval.put(name, value);
    return last;
  };
  const getEach = async () => {
    let last: Buffer | undefined;
    for (const name of names) last = await store.get(name);
    return last;
  };
  return [
    now('getSync(), 100 bytes', repeated(keys, (i) => store.getSync(names[i]!)), keys),
    now('viewSync(), 100 bytes', repeated(keys, (i) => store.viewSync(names[i]!)), keys),
    later('get(), awaited', getEach, keys),
    later('getMany() of 1,000, a key', () => store.getMany(names), keys),
    later("put() of 100 bytes, accepted: durability 'interval'", put, keys),
  ];
}

export interface Crossing {
  readonly cases: Case[];
  close(): Promise<void>;
}

/** Stores in three folders: one whose native handle is called, and two as they are used. */
export async function crossing(folder: (name: string) => string): Promise<Crossing> {
  const first = await open(folder('native'));
  await fill(first);
  await first.close();
  const store = await open(folder('store'));
  await fill(store);
  const interval = await open(folder('interval'), { durability: 'interval' });
  const driver = new Driver({ directory: folder('native') });
  await driver.opened;
  return {
    cases: [...nativeCases(driver), ...storeCases(store, interval)],
    async close() {
      await driver.request((ticket) => driver.native.close(ticket));
      driver.release();
      await Promise.all([store.close(), interval.close()]);
    },
  };
}
