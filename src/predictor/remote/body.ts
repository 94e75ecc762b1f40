// Reads the body of a request or of an answer, as far as it may be read.
import type { Readable } from 'node:stream';
import { foreshardError } from '../../errors/index.js';

/**
 * All bytes of a stream, at a place where messages can be read without a copy. Rejects with FORESHARD_TOO_LARGE for more than
 * `bytesMax`, as soon as they have come; the rest is thrown away as it comes, and it is up to the caller to end the stream. Rejects
 * with FORESHARD_ABORTED if the stream ends before its end.
 */
export function readBody(stream: Readable, bytesMax: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) return void chunks.push(chunk);
      chunks = [];
      reject(foreshardError('too_large', `a body has more than ${bytesMax} bytes`, { value: bytes }));
    });
    const cutOff = (cause?: unknown) => reject(foreshardError('aborted', 'a body was cut off', {}, cause));
    const end = () => (bytes <= bytesMax ? resolve(joined(chunks, bytes)) : undefined);
    stream.once('end', end).on('error', cutOff).once('close', () => cutOff());
  });
}

/** Of its own memory: small buffers of Node share theirs, at any place of it. */
function joined(chunks: readonly Buffer[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
