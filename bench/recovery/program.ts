// A process that is killed under traffic, or that opens the store behind it and counts what it can serve. Its one
// argument is a task as JSON; what it tells goes to its parent.
import { once } from 'node:events';
import { keyOf, Values, zipfKeys } from '../common/dataset.js';
import { serverCost } from '../common/machine.js';
import { binMs } from '../common/statistics.js';
import { isPromise, nextTurn } from '../common/turns.js';
import { peers, type Found, type PeerStore } from '../peers/index.js';
import type { Message, Serve, Task, Traffic } from './tasks.js';

const theta = 0.99;
const drawnKeys = 1 << 22;
const lanes = 64;
const perTurn = 64; // requests of a lane before the event loop has its turn
const lookEvery = 64; // of the values read, one is compared byte by byte; the others must name their key

const task = JSON.parse(process.argv[2]!) as Task;
const values = new Values(task.valueBytes);
const tell = (message: Message): Promise<void> => new Promise((told) => process.send!(message, () => told()));

class Reads {
  wrong = 0;
  #next = 0;
  readonly #keys = zipfKeys(drawnKeys, task.keys, theta, task.seed);

  draw(): number {
    return this.#keys[this.#next++ % this.#keys.length]!;
  }

  check(index: number, value: Found): void {
    const good = this.#next % lookEvery === 0 ? values.versionOf(index, value) >= 0 : values.belongsTo(index, value);
    if (!good) this.wrong++;
  }
}

async function runLanes(until: () => boolean, request: () => unknown): Promise<void> {
  const lane = async () => {
    while (!until()) {
      for (let i = 0; i < perTurn && !until(); i++) {
        const answer = request();
        if (isPromise(answer)) await answer;
      }
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const open = (): Promise<PeerStore> => peers.find(({ name }) => name === task.peer)!.open(task.directory, task);

async function traffic({ putShare, seed }: Traffic): Promise<void> {
  const reads = new Reads();
  const store = await open();
  let version = seed * 1_000_000;
  await tell({ kind: 'warm', serverPid: store.serverPid });
  await runLanes(
    () => false,
    () => {
      const index = reads.draw();
      if (Math.random() < putShare) return store.put(keyOf(index), values.of(index, ++version >>> 0));
      return store.getLater?.(keyOf(index)) ?? store.get(keyOf(index));
    },
  );
}

async function serve({ seconds }: Serve): Promise<void> {
  const reads = new Reads();
  const bins = new Uint32Array(Math.ceil((seconds * 1000) / binMs));
  await tell({ kind: 'ready' });
  await once(process, 'message');
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const store = await open();
  const openMs = elapsed();
  const ask = store.getLater === undefined ? (key: string) => store.get(key) : (key: string) => store.getLater!(key);
  let [bin, firstMs] = [0, 0];
  const answered = (index: number, value: Found) => {
    reads.check(index, value);
    const ms = elapsed();
    firstMs ||= ms;
    bin = Math.floor(ms / binMs);
    bins[bin]!++;
  };
  const request = (): Promise<void> | void => {
    const index = reads.draw();
    const answer = ask(keyOf(index));
    if (isPromise(answer)) return answer.then((value) => answered(index, value));
    return answered(index, answer);
  };
  await runLanes(() => bin >= bins.length, request);
  const residentBytes = process.memoryUsage.rss() + serverCost(store.serverPid).residentBytes;
  await tell({ kind: 'served', openMs, firstMs, bins: Array.from(bins), wrong: reads.wrong, residentBytes });
  await store.close();
}

if (task.do === 'traffic') await traffic(task);
else await serve(task);
process.exit(0);
