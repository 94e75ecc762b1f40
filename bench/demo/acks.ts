// The journal of acknowledged writes, kept outside of the store: what it names must be found after the crash. The
// process that is killed appends to it through a descriptor that the parent has opened.
//
// An entry is 24 bytes: u32 number of the key, u32 revision, f64 sequence number, 8 bytes of the value's SHA-256.
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeSync } from 'node:fs';

const entryBytes = 24;
const pieceEntries = 4096;

export type Digest = bigint;

export function digestOf(value: Uint8Array): Digest {
  return createHash('sha256').update(value).digest().readBigUInt64LE(0);
}

/** A write that was acknowledged. */
export interface Ack {
  readonly id: number;
  readonly revision: number;
  readonly seq: number;
  readonly digest: Digest;
}

function encode(piece: Buffer, offset: number, { id, revision, seq, digest }: Ack): void {
  piece.writeUInt32LE(id, offset);
  piece.writeUInt32LE(revision, offset + 4);
  piece.writeDoubleLE(seq, offset + 8);
  piece.writeBigUInt64LE(digest, offset + 16);
}

/** Appends entries; what was added in a turn of the event loop is in the file before the next. */
export class AckWriter {
  readonly #descriptor: number;
  readonly #piece = Buffer.alloc(pieceEntries * entryBytes);
  #filled = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  add(ack: Ack): void {
    if (this.#filled === 0) setImmediate(() => this.#flush());
    encode(this.#piece, this.#filled, ack);
    this.#filled += entryBytes;
    if (this.#filled === this.#piece.length) this.#flush();
  }

  #flush(): void {
    for (let at = 0; at < this.#filled;) at += writeSync(this.#descriptor, this.#piece, at, this.#filled - at);
    this.#filled = 0;
  }
}

/** Of each key the newest acknowledged write. */
export interface Acks {
  /** Entries in the journal. */
  readonly count: number;
  /** How many of them replaced a value of their key. */
  readonly updates: number;
  readonly keys: number;
  /** The newest of a key, or nothing if none was acknowledged. */
  newest(id: number): Ack | undefined;
}

/** An entry that the crash has cut off is none. */
export function readAcks(file: string, keys: number): Acks {
  const bytes = readFileSync(file);
  const count = Math.floor(bytes.length / entryBytes);
  const revisions = new Uint32Array(keys);
  const places = new Uint32Array(keys);
  let [updates, acked] = [0, 0];
  for (let i = 0; i < count; i++) {
    const id = bytes.readUInt32LE(i * entryBytes);
    const revision = bytes.readUInt32LE(i * entryBytes + 4);
    if (revision > 1) updates++;
    if (revisions[id] === 0) acked++;
    if (revision < revisions[id]!) continue;
    revisions[id] = revision;
    places[id] = i * entryBytes;
  }
  const newest = (id: number): Ack | undefined => {
    if (revisions[id] === 0) return undefined;
    const at = places[id]!;
    return { id, revision: revisions[id]!, seq: bytes.readDoubleLE(at + 8), digest: bytes.readBigUInt64LE(at + 16) };
  };
  return { count, updates, keys: acked, newest };
}

/** An acknowledgement of a write that never was: the check must miss it. */
export function forgeAck(file: string): void {
  const piece = Buffer.alloc(entryBytes);
  encode(piece, 0, { id: 0, revision: 2 ** 31, seq: 2 ** 40, digest: 0n });
  appendFileSync(file, piece);
}
