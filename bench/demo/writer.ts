// The process that is killed: opens a store, loads all keys, then reads and writes until it is killed. It appends every
// acknowledged write to the journal that its parent holds.
//
// Arguments: folder of the workload, folder of the store, descriptor of the journal.
import { open, type Store } from '../../src/index.js';
import { AckWriter, digestOf } from './acks.js';
import { runLanes } from './lanes.js';
import { childProcess, tell, type WriterProgress } from './messages.js';
import { headOf, Workload } from './workload.js';

const batchKeys = 500;
const batchesUnderWay = 8;
const tellEveryMs = 100;

class Writer {
  readonly #store: Store;
  readonly #workload: Workload;
  readonly #acks: AckWriter;
  /** Per key: the newest revision that was issued, and the newest that was acknowledged. */
  readonly #issued: Uint32Array;
  readonly #acked: Uint32Array;
  #progress = { loaded: 0, reads: 0, writes: 0, wrong: 0, position: 0 };
  #phase: WriterProgress['phase'] = 'load';

  constructor(store: Store, workload: Workload, acks: AckWriter) {
    this.#store = store;
    this.#workload = workload;
    this.#acks = acks;
    this.#issued = new Uint32Array(workload.keys);
    this.#acked = new Uint32Array(workload.keys);
    setInterval(() => this.#tell(), tellEveryMs);
  }

  #tell(): void {
    tell({ type: 'writing', phase: this.#phase, ...this.#progress });
  }

  async load(): Promise<void> {
    const underWay: Promise<void>[] = [];
    for (let first = 0; first < this.#workload.keys; first += batchKeys) {
      underWay.push(this.#loadBatch(first, Math.min(first + batchKeys, this.#workload.keys)));
      if (underWay.length === batchesUnderWay) await underWay.shift();
    }
    await Promise.all(underWay);
  }

  async #loadBatch(first: number, end: number): Promise<void> {
    const ids = Array.from({ length: end - first }, (_, i) => first + i);
    const values = ids.map((id) => this.#workload.value(id, (this.#issued[id] = 1)));
    const last = await this.#store.batch(
      ids.map((id, i) => ({ type: 'put', key: this.#workload.key(id), value: values[i]! })),
    );
    ids.forEach((id, i) => this.#acknowledge(id, 1, last - (ids.length - 1 - i), values[i]!));
    this.#progress.loaded += ids.length;
  }

  #acknowledge(id: number, revision: number, seq: number, value: Buffer): void {
    this.#acks.add({ id, revision, seq, digest: digestOf(value) });
    if (revision > this.#acked[id]!) this.#acked[id] = revision;
  }

  /** Never ends. */
  async traffic(): Promise<void> {
    this.#phase = 'traffic';
    const accesses = this.#workload.accesses(0, this.#workload.shape.seed + 1);
    await runLanes(this.#workload.shape.lanes, async () => {
      const id = accesses.next();
      this.#progress.position = accesses.position;
      await (accesses.isWrite ? this.#write(id) : this.#read(id));
      return true;
    });
  }

  async #write(id: number): Promise<void> {
    const revision = ++this.#issued[id]!;
    const value = this.#workload.value(id, revision);
    const seq = await this.#store.put(this.#workload.key(id), value);
    this.#acknowledge(id, revision, seq, value);
    this.#progress.writes++;
  }

  async #read(id: number): Promise<void> {
    const acked = this.#acked[id]!;
    const value = await this.#store.get(this.#workload.key(id));
    const head = value && headOf(value);
    if (head?.id !== id || head.revision < acked) this.#progress.wrong++;
    this.#progress.reads++;
  }
}

await childProcess(async () => {
  const [workloadDirectory, storeDirectory, journal] = process.argv.slice(2);
  const workload = new Workload(workloadDirectory!);
  const { memoryLimit, fastBudget } = workload.shape;
  const store = await open(storeDirectory!, { errorIfExists: true, memoryLimit, tiers: { fastBudget } });
  const writer = new Writer(store, workload, new AckWriter(Number(journal)));
  await writer.load();
  await writer.traffic();
});
