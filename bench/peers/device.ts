// The device itself, past the page cache, into space that was written before: what bounds every store that flushes what it
// acknowledges. A put writes one block of 4 KiB, a bulk load pieces of 1 MiB.
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, write, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer, PeerSettings, PeerStore } from './peer.js';

const blockBytes = 4096;
const pieceBytes = 2 ** 20;
/** So many keys get a block of their own at most: as many as a run of puts draws. */
const blocksMax = 2 ** 17;

/** The memory of WebAssembly begins at a page, which O_DIRECT wants and no other buffer promises. */
declare const WebAssembly: { readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer } };
const alignedBuffer = (bytes: number): Buffer => Buffer.from(new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) }).buffer);

class Device {
  readonly #file: string;
  readonly #pieces: number;
  readonly #blocks = new Map<string, number>();
  readonly #block = alignedBuffer(blockBytes);
  readonly #descriptor: number;

  constructor(directory: string, keys: number) {
    this.#file = join(directory, 'blocks');
    this.#pieces = Math.ceil((Math.min(keys, blocksMax) * blockBytes) / pieceBytes);
    this.#writeAhead();
    this.#descriptor = openSync(this.#file, constants.O_RDWR | constants.O_DIRECT | constants.O_DSYNC);
  }

  #writeAhead(): void {
    const descriptor = openSync(this.#file, constants.O_RDWR | constants.O_CREAT | constants.O_DIRECT);
    const piece = alignedBuffer(pieceBytes).fill(1);
    const written = fstatSync(descriptor).size / pieceBytes;
    for (let at = written; at < this.#pieces; at++) writeSync(descriptor, piece, 0, pieceBytes, at * pieceBytes);
    fdatasyncSync(descriptor);
    closeSync(descriptor);
  }

  /** Durable when it returns: key and value at the begin of the key's block. */
  putSync(key: string, value: Buffer): void {
    let at = this.#blocks.get(key);
    if (at === undefined) this.#blocks.set(key, (at = this.#blocks.size));
    this.#block.write(key, 0, 'latin1');
    value.copy(this.#block, key.length);
    this.#block.writeUInt32LE(value.length, blockBytes - 4);
    writeSync(this.#descriptor, this.#block, 0, blockBytes, at * blockBytes);
  }

  get(key: string): Buffer | undefined {
    const at = this.#blocks.get(key);
    if (at === undefined) return undefined;
    readSync(this.#descriptor, this.#block, 0, blockBytes, at * blockBytes);
    if (this.#block.toString('latin1', 0, key.length) !== key) return undefined;
    return Buffer.from(this.#block.subarray(key.length, key.length + this.#block.readUInt32LE(blockBytes - 4)));
  }

  /** Pieces one behind the other, over and over the file, so many at a time; each carries its number. */
  async bulk(bytes: number, inFlight: number): Promise<void> {
    const pieces = Math.ceil(bytes / pieceBytes);
    const descriptor = openSync(this.#file, constants.O_WRONLY | constants.O_DIRECT);
    let next = 0;
    const lane = async () => {
      for (const buffer = alignedBuffer(pieceBytes).fill(2); next < pieces; ) {
        const place = (next % this.#pieces) * pieceBytes;
        buffer.writeUInt32LE(next++, 0);
        await new Promise<void>((resolve, reject) => {
          write(descriptor, buffer, 0, pieceBytes, place, (error) => (error ? reject(error) : resolve()));
        });
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    fdatasyncSync(descriptor);
    closeSync(descriptor);
  }

  /** How many of the last pieces are not where they should be. */
  missing(bytes: number): number {
    const pieces = Math.ceil(bytes / pieceBytes);
    const first = Math.max(0, pieces - this.#pieces);
    const isMissing = (_: unknown, i: number): boolean => {
      readSync(this.#descriptor, this.#block, 0, blockBytes, ((first + i) % this.#pieces) * pieceBytes);
      return this.#block.readUInt32LE(0) !== first + i;
    };
    return Array.from({ length: pieces - first }, isMissing).filter(Boolean).length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

async function open(directory: string, { keys }: PeerSettings): Promise<PeerStore> {
  const device = new Device(directory, keys);
  return {
    put: async (key, value) => device.putSync(key, value),
    putSync: (key, value) => device.putSync(key, value),
    batch: () => Promise.reject(new Error('the device has no batches')),
    async bulk(bytes, inFlight) {
      await device.bulk(bytes, inFlight);
      return () => device.missing(bytes);
    },
    get: (key) => device.get(key),
    getMany: (asked) => asked.map((key) => device.get(key)),
    close: async () => device.close(),
  };
}

export const device: Peer = {
  name: 'device',
  use: 'no store: O_DIRECT into space written before; puts write 4 KiB (O_DSYNC) one after another, loads 1 MiB, four at a time, flushed at the end',
  version: () => process.platform,
  does: /^(load|put-sync|put-1)-/,
  volatile: true,
  open,
};
