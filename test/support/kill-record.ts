// The outside record of a process that is killed: what it was about to write, and what was acknowledged to it. Records go
// through a pipe, one write() each, so that what was told before SIGKILL arrives. Both ends are in this file.
import { writeSync } from 'node:fs';

export const lanes = 64;
export const keysPerLane = 64;

/** What a lane writes: versions of its keys, 0 for a delete; all of them or none. */
export interface Write {
  readonly version: number;
  readonly keys: readonly number[];
  readonly deletes: boolean;
}

export const recordPipe = 3;
const kinds = { opened: 1, puts: 2, deletes: 3, acknowledged: 4, wrong: 5 } as const;

// A record: kind, lane, number of keys, version, then the keys within the lane.
function tell(kind: number, lane: number, version: number, keys: readonly number[]): void {
  const record = Buffer.alloc(8 + keys.length);
  record.writeUInt8(kind, 0);
  record.writeUInt8(lane, 1);
  record.writeUInt16LE(keys.length, 2);
  record.writeUInt32LE(version, 4);
  record.set(keys, 8);
  for (let sent = 0; sent < record.length; ) sent += writeSync(recordPipe, record, sent);
}

export const tellOpened = (): void => tell(kinds.opened, 0, 0, []);
export const tellIssued = (lane: number, { version, keys, deletes }: Write): void =>
  tell(deletes ? kinds.deletes : kinds.puts, lane, version, keys);
export const tellAcknowledged = (lane: number): void => tell(kinds.acknowledged, lane, 0, []);
/** A read gave something else than the lane's own last write. */
export const tellWrong = (lane: number, key: number, version: number): void => tell(kinds.wrong, lane, version, [key]);

export const keyName = (lane: number, key: number): string => `lane${lane}:key${key}`;

/** Mostly small, some large, few in several extents; a function of the version. */
function lengthOf(version: number): number {
  const mixed = Math.imul(version, 0x9e3779b1) >>> 0;
  if (mixed % 4096 === 0) return 1_200_000 + (mixed >>> 16);
  if (mixed % 256 === 1) return 100_000 + (mixed >>> 16);
  return 20 + ((mixed >>> 8) % 2000);
}

/** The value that a write of this version gives a key. */
export function valueOf(lane: number, key: number, version: number): Buffer {
  return Buffer.alloc(lengthOf(version), `${version} of ${keyName(lane, key)};`);
}

/** What must be in the store: for each key of a lane its version, or 0 if it must be absent. */
export class Expected {
  acknowledged = 0;
  lastVersion = 0;
  readonly wrong: string[] = [];
  readonly #versions: Uint32Array[] = Array.from({ length: lanes }, () => new Uint32Array(keysPerLane));
  readonly #issued = new Map<number, Write>();
  #rest = Buffer.alloc(0);

  /** Takes what came through the pipe; answers whether the store was opened. */
  take(bytes: Buffer): boolean {
    let opened = false;
    let left = Buffer.concat([this.#rest, bytes]);
    while (left.length >= 8 && left.length >= 8 + left.readUInt16LE(2)) {
      const end = 8 + left.readUInt16LE(2);
      opened = this.#takeRecord(left.subarray(0, end)) || opened;
      left = left.subarray(end);
    }
    this.#rest = Buffer.from(left);
    return opened;
  }

  #takeRecord(record: Buffer): boolean {
    const [kind, lane, version] = [record.readUInt8(0), record.readUInt8(1), record.readUInt32LE(4)];
    const keys = Array.from(record.subarray(8));
    if (kind === kinds.puts || kind === kinds.deletes) {
      this.#issued.set(lane, { version, keys, deletes: kind === kinds.deletes });
      this.lastVersion = Math.max(this.lastVersion, version);
    }
    if (kind === kinds.acknowledged) {
      this.#apply(lane);
      this.acknowledged++;
    }
    if (kind === kinds.wrong) this.wrong.push(`${keyName(lane, keys[0]!)} was not version ${version} when it was read`);
    return kind === kinds.opened;
  }

  #after(lane: number, write: Write | undefined): Uint32Array {
    const versions = this.#versions[lane]!.slice();
    for (const key of write?.keys ?? []) versions[key] = write!.deletes ? 0 : write!.version;
    return versions;
  }

  #apply(lane: number): void {
    this.#versions[lane] = this.#after(lane, this.#issued.get(lane));
    this.#issued.delete(lane);
  }

  /** Forgets half a record: the process that sent it is gone. */
  endOfPipe(): void {
    this.#rest = Buffer.alloc(0);
  }

  versionsOf(lane: number): Uint32Array {
    return this.#versions[lane]!;
  }

  get keyCount(): number {
    return this.#versions.reduce((sum, versions) => sum + versions.filter((version) => version !== 0).length, 0);
  }

  /**
   * Compares a lane's values with what was acknowledged, or that and the one write that was under way, whole. Answers
   * what is wrong; else what was found is what is expected from now on.
   */
  compare(lane: number, values: readonly (Buffer | undefined)[]): string | undefined {
    const differing = (versions: Uint32Array) =>
      values.findIndex((value, key) => {
        const version = versions[key]!;
        return version === 0 ? value !== undefined : value === undefined || !value.equals(valueOf(lane, key, version));
      });
    const write = this.#issued.get(lane);
    const without = differing(this.#versions[lane]!);
    if (without < 0) {
      this.#issued.delete(lane);
      return undefined;
    }
    if (write !== undefined && differing(this.#after(lane, write)) < 0) {
      this.#apply(lane);
      return undefined;
    }
    const found = values[without]?.subarray(0, 60).toString() ?? 'absent';
    const underWay = write === undefined ? 'nothing' : `version ${write.version} of ${write.keys.length} keys`;
    return `${keyName(lane, without)}: acknowledged version ${this.#versions[lane]![without]}, found "${found}"; under way: ${underWay}`;
  }
}
