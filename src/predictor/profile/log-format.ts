// The log of recoveries as bytes: u32 magic, u32 version, 8 bytes of SHA-256 over the magic, the version and all that follows, u32
// length of the text, the text (JSON, with the number of touches of each entry), then the touches of all entries as float64.
import { createHash } from 'node:crypto';
import { foreshardError, type ForeshardError } from '../../errors/index.js';
import { faultOf, type RecoveryEntry } from './recovery-entry.js';

/** All that is in a log. */
export interface LogState {
  readonly entries: readonly RecoveryEntry[];
  readonly sinceMs: number;
  readonly failuresBefore: number;
}

const magic = 0x4c525346; // "FSRL"
const version = 1;
const checksumAt = 8;
const checksumBytes = 8;
const lengthAt = checksumAt + checksumBytes;
const textAt = lengthAt + 4;

const checksumOf = (bytes: Buffer): Buffer =>
  createHash('sha256').update(bytes.subarray(0, checksumAt)).update(bytes.subarray(lengthAt)).digest().subarray(0, checksumBytes);

const damaged = (what: string, cause?: unknown): ForeshardError =>
  foreshardError('checksum_mismatch', `the log of recoveries is damaged: ${what}`, {}, cause);

export function encodeLog({ entries, sinceMs, failuresBefore }: LogState): Uint8Array {
  const heads = entries.map(({ touches, ...head }) => ({ ...head, touches: touches.length }));
  const text = Buffer.from(JSON.stringify({ entries: heads, sinceMs, failuresBefore }));
  const touches = entries.map(({ touches: { buffer, byteOffset, byteLength } }) => Buffer.from(buffer, byteOffset, byteLength));
  const bytes = Buffer.concat([Buffer.alloc(textAt), text, ...touches]);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(version, 4);
  bytes.writeUInt32LE(text.length, lengthAt);
  bytes.set(checksumOf(bytes), checksumAt);
  return bytes;
}

/** Only the frame: that the bytes are those that were written. */
function checkFrame(bytes: Buffer): void {
  if (bytes.length < textAt) throw damaged(`${bytes.length} bytes are too few`);
  if (bytes.readUInt32LE(0) !== magic) throw damaged('it begins like something else');
  if (!checksumOf(bytes).equals(bytes.subarray(checksumAt, lengthAt))) throw damaged('its checksum is another one');
  const found = bytes.readUInt32LE(4);
  if (found !== version) throw foreshardError('unsupported_version', `the log of recoveries has version ${found}, not ${version}`);
}

/** Touches come one after the other, as many as each entry says. */
function withTouches(heads: readonly Record<string, unknown>[], bytes: Buffer, from: number): RecoveryEntry[] {
  let at = from;
  const entries = heads.map((head) => {
    const length = Number(head['touches']);
    const end = at + 8 * length;
    if (!(length >= 0 && end <= bytes.length)) throw damaged('touches are missing');
    const touches = new Float64Array(Uint8Array.from(bytes.subarray(at, end)).buffer);
    at = end;
    return { ...head, touches } as unknown as RecoveryEntry;
  });
  if (at !== bytes.length) throw damaged('it goes on behind its end');
  return entries;
}

function textOf(bytes: Buffer): { entries: Record<string, unknown>[]; sinceMs: number; failuresBefore: number } {
  try {
    const text = bytes.subarray(textAt, textAt + bytes.readUInt32LE(lengthAt)).toString();
    return JSON.parse(text) as ReturnType<typeof textOf>;
  } catch (error) {
    throw damaged('its text is none', error);
  }
}

export function decodeLog(state: Uint8Array): LogState {
  const bytes = Buffer.from(state.buffer, state.byteOffset, state.byteLength);
  checkFrame(bytes);
  const { entries: heads, sinceMs, failuresBefore } = textOf(bytes);
  if (!Array.isArray(heads) || ![sinceMs, failuresBefore].every(Number.isFinite)) throw damaged('a field is missing');
  const entries = withTouches(heads, bytes, textAt + bytes.readUInt32LE(lengthAt));
  const fault = entries.map(faultOf).find((field) => field !== undefined);
  if (fault !== undefined) throw damaged(`an entry has a field that cannot be: ${fault}`);
  return { entries, sinceMs, failuresBefore };
}
