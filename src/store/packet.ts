// Reads what take() answers: rows of numbers and, behind them, the bytes they speak of (native/constants.json: row).
import { completionLayout, recordKinds, rowLayout } from '../errors/index.js';
import { viewOf } from './views.js';

export interface Entry {
  readonly deleted: boolean;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly seq: number;
  /** Unix milliseconds; 0: never. */
  readonly expiry: number;
}

/** What an iterator or a reader of changes was given at once. */
export interface EntryBatch {
  readonly entries: Entry[];
  readonly end: boolean;
  /** Sequence numbers before the entries that compaction has passed. */
  readonly gap: { readonly from: number; readonly to: number } | undefined;
  /** What went wrong behind these entries. */
  readonly error: Error | undefined;
}

/** A value that was read from disk; undefined: there is no such key. */
export type LateValue = { readonly bytes: Buffer; readonly seq: number; readonly expiry: number } | undefined;

/** Who hears of the completions in a packet, in their order. */
export interface CompletionSink {
  durable(sequence: number): void;
  rejected(first: number, last: number, code: number, detail: string): void;
  value(ticket: number, code: number, detail: string, bytes: Buffer, seq: number, expiry: number): void;
  done(ticket: number, code: number, detail: string, result: number): void;
  entries(ticket: number, code: number, detail: string, batch: Omit<EntryBatch, 'error'>): void;
  event(json: string): void;
}

/** Values of a packet up to this size are views of it; of a larger one they are copied, not to keep it alive. */
const sharedPacketBytes = 128 * 1024;

const row = rowLayout;
const completion = completionLayout;

class PacketReader {
  readonly #numbers: Float64Array;
  readonly #bytes: Buffer;
  readonly #shared: boolean;
  #row = 0;
  #byte = 0;

  constructor(packet: ArrayBuffer, rows: number) {
    this.#numbers = new Float64Array(packet, 0, rows * row.width);
    this.#bytes = Buffer.from(packet, this.#numbers.byteLength);
    this.#shared = packet.byteLength <= sharedPacketBytes;
  }

  get ended(): boolean {
    return this.#row === this.#numbers.length;
  }

  nextRow(): void {
    this.#row += row.width;
  }

  number(field: number): number {
    return this.#numbers[this.#row + field]!;
  }

  text(length: number): string {
    if (length === 0) return '';
    return this.#bytes.toString('utf8', this.#byte, (this.#byte += length));
  }

  bytes(length: number): Buffer {
    const view = viewOf(this.#bytes.buffer, this.#bytes.byteOffset + this.#byte, length);
    this.#byte += length;
    return this.#shared || length * 2 > this.#bytes.length ? view : Buffer.from(view);
  }

  entry(): Entry {
    const [keyLength, valueLength] = [this.number(row.keyLength), this.number(row.valueLength)];
    return {
      deleted: this.number(row.code) === recordKinds.del,
      key: this.bytes(keyLength),
      value: this.bytes(valueLength),
      seq: this.number(row.sequence),
      expiry: this.number(row.other),
    };
  }

  /** The entry rows that follow an entries row. */
  entries(count: number): Entry[] {
    return Array.from({ length: count }, () => {
      this.nextRow();
      return this.entry();
    });
  }
}

function readRow(reader: PacketReader, gap: EntryBatch['gap'], sink: CompletionSink): EntryBatch['gap'] {
  const [ticket, code] = [reader.number(row.ticket), reader.number(row.code)];
  const [sequence, other] = [reader.number(row.sequence), reader.number(row.other)];
  const detail = reader.text(reader.number(row.detailLength));
  switch (reader.number(row.kind)) {
    case completion.durable:
      sink.durable(sequence);
      break;
    case completion.rejected:
      sink.rejected(sequence, other, code, detail);
      break;
    case completion.value:
      sink.value(ticket, code, detail, reader.bytes(reader.number(row.valueLength)), sequence, other);
      break;
    case completion.done:
      sink.done(ticket, code, detail, sequence);
      break;
    case completion.gap:
      return { from: sequence, to: other };
    case completion.entries:
      sink.entries(ticket, code, detail, { entries: reader.entries(sequence), end: other !== 0, gap });
      break;
    case completion.event:
      sink.event(reader.text(reader.number(row.valueLength)));
      break;
    default:
      break;
  }
  return undefined;
}

/** Tells the sink all that a packet holds. */
export function readPacket(packet: ArrayBuffer, rows: number, sink: CompletionSink): void {
  let gap: EntryBatch['gap'];
  for (const reader = new PacketReader(packet, rows); !reader.ended; reader.nextRow()) gap = readRow(reader, gap, sink);
}
