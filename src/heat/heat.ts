// The heat of a store as the application sees it.
import { badOption, optionTable } from '../errors/index.js';
import type { Driver } from '../store/index.js';
import { History, type HeatHistory } from './history.js';
import { keyText } from './key-text.js';
import { mapOf, type HeatMapOptions, type HeatMapView } from './map.js';
import { Recorder, type RecordOptions, type Recording } from './recording.js';
import { NativeHeat } from './snapshot.js';

export interface HotKey<K> {
  readonly key: K;
  /** Decayed number of accesses: one that is as old as the option heatHalfLife counts a half. */
  readonly accesses: number;
}

const historyEveryMs = 1000;
/** Pages that are looked through for hot keys before others have their turn. */
const pagesPerTurn = 256;
const hotKeysMax = 10_000;

/** The heat of an open store: where on the ring it is, and which keys have most of it. */
export class Heat<K> {
  /** @internal */
  readonly source: NativeHeat;
  readonly #driver: Driver;
  readonly #decodeKey: (bytes: Buffer) => K;
  readonly #history = new History();
  readonly #recorder: Recorder;
  #timer: NodeJS.Timeout | undefined;

  /** @internal */
  constructor(driver: Driver, decodeKey: (bytes: Buffer) => K, halfLives: readonly number[] = defaultHalfLives) {
    this.#driver = driver;
    this.#decodeKey = decodeKey;
    this.#recorder = new Recorder(driver);
    const opened = performance.now();
    this.source = new NativeHeat(driver.native, halfLives, () => performance.now() - opened);
    driver.emitter.on('split', (event) => this.#history.noteChange(event));
    driver.emitter.on('merge', (event) => this.#history.noteChange(event));
  }

  /** @internal Keeps the history from now on, without keeping the process alive. */
  start(): void {
    this.#timer = setInterval(() => this.#history.note(this.source.snapshot()), historyEveryMs).unref();
  }

  /** @internal The end of a recording is what it resolves with. */
  stop(): Promise<unknown> {
    clearInterval(this.#timer);
    return this.#recorder.stop();
  }

  /**
   * Where the load is now.
   * @example
   * const { slices } = store.heat.map();
   * const busiest = Math.max(...slices.map(({ share }) => share[1]));
   */
  map(options: HeatMapOptions = {}): HeatMapView {
    this.#driver.checkOpen();
    return mapOf(this.source.snapshot(), this.source.halfLives, options);
  }

  /**
   * The keys with most heat, the hottest first; 1 to 10000 of them. Of keys whose records are in memory, as all are that are hot.
   * @example
   * for (const { key, accesses } of await store.heat.hotKeys(10)) console.log(key, accesses);
   */
  async hotKeys(count = 10): Promise<HotKey<K>[]> {
    return (await this.#hottest(count)).map(({ key, accesses }) => ({ key: this.#decodeKey(key), accesses }));
  }

  /** @internal The same, for eyes and for JSON. */
  async hotKeyTexts(count = 10): Promise<HotKey<string>[]> {
    return (await this.#hottest(count)).map(({ key, accesses }) => ({ key: keyText(key), accesses }));
  }

  async #hottest(count: number): Promise<HotKey<Buffer>[]> {
    if (!Number.isInteger(count) || count < 1 || count > hotKeysMax)
      throw badOption('count', count, `a whole number from 1 to ${hotKeysMax}`);
    let hottest: HotKey<Buffer>[] = [];
    for (let from = 0; ; ) {
      this.#driver.checkOpen();
      const found: (Buffer | number)[] = [];
      from = this.#driver.native.hotKeys(from, pagesPerTurn, count, found);
      for (let i = 0; i < found.length; i += 2) hottest.push({ key: found[i] as Buffer, accesses: found[i + 1] as number });
      hottest = hottest.toSorted((a, b) => b.accesses - a.accesses).slice(0, count);
      if (from === 0) break;
      await new Promise(setImmediate);
    }
    return hottest;
  }

  /**
   * Writes the accesses of the store into a new file, one at a time, until stop() or the end of the store: as CSV with the header
   * "ts_ms,key,op,size", packed if the name ends with .gz. Milliseconds since the first access; the op is r, a read of a key that
   * is there, or w, a put or delete; the size is that of the value in bytes, 0 of a delete. In keys, bytes that are not printable
   * ASCII, and commas, quotes and %, are written as %XX, which decodeURIComponent() undoes. One access costs about as much as a
   * read; nothing ever waits for the file. Rejects with FORESHARD_EXISTS if there is such a file, FORESHARD_BUSY if accesses are
   * recorded already.
   * @example
   * const recording = await store.heat.record('accesses.csv.gz', { sample: 0.1 });
   * setTimeout(async () => console.log(await recording.stop()), 3_600_000);
   */
  record(file: string, options: RecordOptions = {}): Promise<Recording> {
    return this.#recorder.record(file, options);
  }

  /** The load of the shards over the last minutes, and their splits and merges; for plots. */
  history(): HeatHistory {
    return this.#history.view();
  }
}

/** Milliseconds. */
export const defaultHalfLives: readonly number[] = [
  optionTable.heatHalfLife0.default,
  optionTable.heatHalfLife1.default,
  optionTable.heatHalfLife2.default,
  optionTable.heatHalfLife3.default,
];
