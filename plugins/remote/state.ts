// The state of a remote predictor, with whose it is: a line of JSON, then the bytes as they were saved.
import type { About } from './server.js';

/** What a predictor has saved; a predictor of another name or version does not get it. */
export interface RemoteState extends Pick<About, 'name' | 'version'> {
  readonly bytes: Uint8Array;
}

const lineBytesMax = 1024;
const lineFeed = 10;

export function stateBytes({ name, version, bytes }: RemoteState): Uint8Array {
  const line = new TextEncoder().encode(`${JSON.stringify({ name, version })}\n`);
  const all = new Uint8Array(line.length + bytes.length);
  all.set(line);
  all.set(bytes, line.length);
  return all;
}

/** Throws for bytes that stateBytes() has not given. */
export function stateOf(all: Uint8Array): RemoteState {
  const end = all.subarray(0, lineBytesMax).indexOf(lineFeed);
  if (end < 0) throw new Error('this is no saved state of a remote predictor');
  const { name, version } = (JSON.parse(new TextDecoder().decode(all.subarray(0, end))) ?? {}) as Partial<RemoteState>;
  if (typeof name !== 'string' || typeof version !== 'number') throw new Error('the saved state does not say whose it is');
  return { name, version, bytes: all.slice(end + 1) };
}
