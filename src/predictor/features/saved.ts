// What is known of the keys as bytes, to be kept with a store: the tracked set and the history of accesses.
import { foreshardError } from '../../errors/index.js';
import type { AccessHistory } from './history.js';
import type { TrackedKeys } from './tracked-keys.js';

type Numbers = Float64Array | Float32Array | Uint32Array | Int32Array | Uint8Array;

/** In front of the arrays, as JSON: they must be the same when it is read. */
interface Head {
  readonly size: number;
  readonly now: number;
  readonly nowMs: number;
  readonly restarts: number;
  readonly history: number;
  /** Name and bytes a slot of each array. */
  readonly arrays: readonly (readonly [string, number])[];
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** All arrays of a tracked set that have an entry, or several, for each slot. */
function arraysOf(tracked: TrackedKeys): [string, Numbers][] {
  const found: [string, Numbers][] = [];
  for (const [name, value] of Object.entries(tracked)) {
    const list = (Array.isArray(value) ? value : [value]) as unknown[];
    for (const [i, array] of list.entries()) if (ArrayBuffer.isView(array)) found.push([`${name}.${i}`, array as Numbers]);
  }
  return found;
}

const slotBytes = (tracked: TrackedKeys, array: Numbers): number => array.byteLength / tracked.capacity;
const bytesOf = (array: Numbers, bytes: number): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, bytes);

/** What loadFeatures() reads. */
export function saveFeatures(tracked: TrackedKeys, history: AccessHistory): Uint8Array {
  const { size, now, nowMs, restarts } = tracked;
  const latest = history.latest();
  const arrays = arraysOf(tracked);
  const names = arrays.map(([name, array]) => [name, slotBytes(tracked, array)] as const);
  const head = Buffer.from(JSON.stringify({ size, now, nowMs, restarts, history: latest.length, arrays: names } satisfies Head));
  const columns = arrays.map(([, array]) => bytesOf(array, slotBytes(tracked, array) * size));
  const parts = [...columns, bytesOf(latest, latest.byteLength)];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + aligned(part.length), 8 + aligned(head.length)));
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 8);
  let at = 8 + aligned(head.length);
  for (const part of parts) {
    bytes.set(part, at);
    at += aligned(part.length);
  }
  return bytes;
}

const refuse = (why: string) => foreshardError('corrupt', `saved features: ${why}`);

const isCount = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) >= 0;

function parsedHead(json: string): Head {
  try {
    const head = JSON.parse(json) as Head;
    if ([head.size, head.now, head.restarts, head.history].every(isCount) && head.nowMs >= 0) return head;
  } catch {
    // As below.
  }
  throw refuse('what they begin with is damaged');
}

function headOf(bytes: Uint8Array, tracked: TrackedKeys): { head: Head; end: number } {
  const length = bytes.length < 8 ? Infinity : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (8 + length > bytes.length) throw refuse('they end too early');
  const head = parsedHead(Buffer.from(bytes.subarray(8, 8 + length)).toString());
  const names = arraysOf(tracked).map(([name, array]) => [name, slotBytes(tracked, array)]);
  if (JSON.stringify(head.arrays) !== JSON.stringify(names)) throw refuse('they are of another version');
  if (head.size > tracked.capacity) throw refuse(`they are of ${head.size} keys, and ${tracked.capacity} can be tracked`);
  const perSlot = head.arrays.reduce((sum, [, width]) => sum + aligned(width * head.size), 0);
  const end = 8 + aligned(length);
  if (end + perSlot + head.history * 8 !== bytes.length) throw refuse('their length is not the one that they tell');
  return { head, end };
}

/** Fills a tracked set and a history that are new. Throws FORESHARD_CORRUPT for what cannot be used; they are as they were then. */
export function loadFeatures(bytes: Uint8Array, tracked: TrackedKeys, history: AccessHistory): void {
  const { head, end } = headOf(bytes, tracked);
  let at = end;
  for (const [, array] of arraysOf(tracked)) {
    const length = slotBytes(tracked, array) * head.size;
    bytesOf(array, length).set(bytes.subarray(at, at + length));
    at += aligned(length);
  }
  tracked.now = head.now;
  tracked.nowMs = head.nowMs;
  tracked.restarts = head.restarts;
  tracked.restored(head.size);
  for (const key of new Float64Array(new Uint8Array(bytes.subarray(at)).buffer)) history.note(key);
}
