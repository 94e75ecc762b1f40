// A recording of a store's accesses in a file, as a trace: for backtests of predictors and partitioning on one's own traffic.
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { badOption, booleanOption, foreshardError, groupOption, numberOption, optionTable } from '../errors/index.js';
import type { NativeStore } from '../native/index.js';
import type { Driver } from '../store/index.js';

export interface RecordOptions {
  /**
   * Part of the keys that are recorded, above 0 up to 1: of each of them all accesses, of the others none, so that what the trace
   * says about recency and popularity is true (SHARDS: Waldspurger et al., FAST 2015). Default: 1.
   * @example 0.01
   */
  sample?: number;
  /** Writes the hash of a key, 16 hexadecimal digits, instead of the key; it differs from store to store. Default: false. */
  hashKeys?: boolean;
  /** Memory in bytes for what is not in the file yet; accesses that do not fit are dropped and counted. Default: 8388608. */
  bufferBytes?: number;
  /** Ends by itself after so many bytes of text, counted before they are packed. Default: 1 TiB. */
  maxBytes?: number;
}

export interface RecordingReport {
  /** Accesses that are in the file. */
  readonly accesses: number;
  /** Accesses that should be there, and did not fit into memory. */
  readonly dropped: number;
  /** Bytes of text, before they are packed. */
  readonly bytes: number;
  /** Why it ended before its time: the file could not be written. */
  readonly error?: Error;
}

const checks = groupOption<RecordOptions>({
  sample: numberOption('recordedKeys'),
  hashKeys: booleanOption,
  bufferBytes: numberOption('recordingBuffer'),
  maxBytes: numberOption('recordingBytes'),
});
const takeEveryMs = 50;
const header = Buffer.from('ts_ms,key,op,size\n');

/** A recording that is under way. */
export class Recording {
  /** When it has ended: by stop(), with the store, at maxBytes, or because its file cannot be written. Never rejects. */
  readonly ended: Promise<RecordingReport>;
  readonly #native: NativeStore;
  readonly #maxBytes: number;
  readonly #counts = new Float64Array(2);
  readonly #lines: Writable;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #blocked = false;
  #stopped = false;

  /** @internal */
  constructor(
    native: NativeStore,
    readonly file: string,
    { lines, written }: TraceFile,
    { maxBytes = optionTable.recordingBytes.default }: RecordOptions,
  ) {
    this.#native = native;
    this.#maxBytes = maxBytes;
    this.#lines = lines;
    this.#write(header);
    this.#timer = setInterval(() => this.#take(), takeEveryMs).unref();
    this.ended = written.then(
      () => this.report(),
      (error: NodeJS.ErrnoException) => this.#failed(error),
    );
  }

  /** As of now. */
  report(): RecordingReport {
    const [accesses = 0, dropped = 0] = this.#counts;
    return { accesses, dropped, bytes: this.#bytes };
  }

  /** Writes what is in memory yet, and closes the file. */
  stop(): Promise<RecordingReport> {
    if (!this.#stopped) {
      this.#takeNow();
      this.#stop();
    }
    return this.ended;
  }

  #stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#native.stopRecording();
    this.#lines.end();
  }

  #failed(error: NodeJS.ErrnoException): RecordingReport {
    if (!this.#stopped) this.#stop();
    return { ...this.report(), error: fileError(error, this.file) };
  }

  /** While the file cannot follow, lines stay in the engine's buffer. */
  #take(): void {
    if (this.#blocked) return;
    this.#takeNow();
    if (this.#bytes >= this.#maxBytes) this.#stop();
  }

  #takeNow(): void {
    const lines = this.#native.takeAccesses(this.#counts);
    if (Buffer.isBuffer(lines) && lines.length > 0) this.#write(lines);
  }

  #write(lines: Buffer): void {
    this.#bytes += lines.length;
    this.#blocked = !this.#lines.write(lines);
    if (this.#blocked) this.#lines.once('drain', () => (this.#blocked = false));
  }
}

/** Where the text goes, and when all of it has been written. */
export interface TraceFile {
  readonly lines: Writable;
  readonly written: Promise<void>;
}

/** Never an existing file; for nobody else to read, as keys may tell much. Packed if its name ends with .gz. */
async function createTraceFile(file: string): Promise<TraceFile> {
  const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw fileError(error, file);
  });
  const out = handle.createWriteStream();
  if (!file.endsWith('.gz')) return { lines: out, written: finished(out) };
  const gzip = createGzip();
  return { lines: gzip, written: pipeline(gzip, out) };
}

const codes: Record<string, 'exists' | 'disk_full' | 'not_found'> = { EEXIST: 'exists', ENOSPC: 'disk_full', ENOENT: 'not_found' };

function fileError({ code = '', message }: NodeJS.ErrnoException, file: string): Error {
  return foreshardError(codes[code] ?? 'io', message, { file });
}

/** Records the accesses of a store, one recording at a time. */
export class Recorder {
  readonly #driver: Driver;
  #under: Recording | undefined;
  #begins = false;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async record(file: string, options: RecordOptions): Promise<Recording> {
    this.#driver.checkOpen();
    if (typeof file !== 'string' || file === '') throw badOption('file', file, 'the name of a file');
    checks('options', options);
    if (this.#begins || this.#under) throw foreshardError('busy', 'accesses are recorded already', { file });
    this.#begins = true;
    try {
      this.#under = this.#begin(file, await createTraceFile(file), options);
    } finally {
      this.#begins = false;
    }
    void this.#under.ended.then(() => (this.#under = undefined));
    return this.#under;
  }

  /** The store may have been closed while the file was created. */
  #begin(file: string, trace: TraceFile, options: RecordOptions): Recording {
    const { native } = this.#driver;
    const { sample = 1, hashKeys = false, bufferBytes = optionTable.recordingBuffer.default } = options;
    const refused = this.#driver.closing || native.recordAccesses(sample, hashKeys, bufferBytes) !== undefined;
    if (!refused) return new Recording(native, file, trace, options);
    trace.lines.end();
    throw this.#driver.closedError();
  }

  /** Ends the one that is under way, if there is one. */
  async stop(): Promise<void> {
    await this.#under?.stop();
  }
}
