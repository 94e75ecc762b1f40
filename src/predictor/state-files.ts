// A directory of small files of state: each is there whole, as it was written last, or it is refused.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, foreshardError, type ForeshardError } from '../errors/index.js';

export interface StateFilesOptions {
  /** Longest content of a file, in bytes. Default: 64 MiB. */
  bytesMax?: number;
}

// A file: u32 magic, u32 version, u64 bytes of the body, 16 bytes of SHA-256 over the name, a zero, the head before and the body;
// then the body.
const magic = 0x53535346; // "FSSS"
const version = 1;
const checksumAt = 16;
const headBytes = 32;

const namePattern = /^[a-z0-9][a-z0-9.-]{0,63}$/;
/** What no file of state is called: a write under way, or what a crash has left of one. */
const temporaryPattern = /^[a-z0-9][a-z0-9.-]{0,63}~[0-9a-f]{16}$/;

function checksumOf(name: string, bytes: Buffer): Buffer {
  const hash = createHash('sha256').update(`${name}\0`).update(bytes.subarray(0, checksumAt)).update(bytes.subarray(headBytes));
  return hash.digest().subarray(0, headBytes - checksumAt);
}

function framed(name: string, body: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(headBytes), body]);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(version, 4);
  bytes.writeBigUInt64LE(BigInt(body.length), 8);
  bytes.set(checksumOf(name, bytes), checksumAt);
  return bytes;
}

/** What is wrong with the bytes of a file. */
function faultOf(name: string, bytes: Buffer): string | undefined {
  if (bytes.length < headBytes) return `it has ${bytes.length} bytes, not even a head`;
  if (bytes.readUInt32LE(0) !== magic) return 'it is no file of state';
  const length = bytes.readBigUInt64LE(8) + BigInt(headBytes);
  if (length !== BigInt(bytes.length)) return `it has ${bytes.length} bytes, its head says ${length}`;
  return checksumOf(name, bytes).equals(bytes.subarray(checksumAt, headBytes)) ? undefined : 'its checksum is another one';
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function failure(path: string, what: string, error: unknown): ForeshardError {
  const name = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT' ? 'disk_full' : 'io';
  return foreshardError(name, `${path} cannot be ${what}: ${(error as Error).message}`, { path }, error);
}

async function withFile<Result>(path: string, flags: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path, flags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** What a directory says of its files is on the device. */
const syncDirectory = (directory: string): Promise<void> => withFile(directory, 'r', (file) => file.sync());

/**
 * Files of state by their names: small letters, digits, dots and hyphens, at most 64. One process at a time may use the directory.
 * All methods reject with FORESHARD_BAD_ARGUMENT for another name, and with FORESHARD_IO or FORESHARD_DISK_FULL for what the system
 * refuses; errors name the path.
 */
export class StateFiles {
  readonly directory: string;
  readonly #bytesMax: number;
  /** The last write or removal of each name that has not ended. */
  readonly #turns = new Map<string, Promise<void>>();
  /** Marks the temporary files of this object. */
  readonly #own = randomBytes(4).toString('hex');
  #writes = 0;

  /** The directory need not be there, but the one that it lies in must. */
  constructor(directory: string, { bytesMax = 64 * 2 ** 20 }: StateFilesOptions = {}) {
    this.directory = resolve(directory);
    this.#bytesMax = bytesMax;
  }

  /**
   * What was written last under the name; undefined: nothing. Rejects with FORESHARD_CHECKSUM_MISMATCH for a file that is cut,
   * changed, or was written under another name, FORESHARD_TOO_LARGE, or FORESHARD_UNSUPPORTED_VERSION.
   */
  async read(name: string): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(name);
    const bytes = await withFile(path, 'r', (file) => this.#contentOf(path, file)).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw codeOf(error)?.startsWith('FORESHARD_') === true ? error : failure(path, 'read', error);
    });
    if (bytes === undefined) return undefined;
    const fault = faultOf(name, bytes);
    if (fault !== undefined) throw foreshardError('checksum_mismatch', `${path} is damaged: ${fault}`, { path });
    const found = bytes.readUInt32LE(4);
    if (found !== version) throw foreshardError('unsupported_version', `${path} has version ${found}, not ${version}`, { path });
    return bytes.subarray(headBytes);
  }

  /**
   * Resolves when the content is on the device; until then, and if it fails, the file is as it was. What is given may be changed
   * after the call. Writes and removals of a name happen one after the other, in the order of the calls.
   * Rejects with FORESHARD_TOO_LARGE for more than read() would take.
   */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(name);
    if (bytes.length > this.#bytesMax) throw this.#tooLarge(path, bytes.length);
    const content = framed(name, bytes);
    return this.#inTurn(name, () => this.#replace(path, content)).catch((error: unknown) => {
      throw failure(path, 'written', error);
    });
  }

  /** There is no such file then, be it that there was none before. */
  async remove(name: string): Promise<void> {
    const path = this.#pathOf(name);
    const remove = async () => {
      await rm(path, { force: true });
      await syncDirectory(this.directory).catch(ignoreMissing);
    };
    return this.#inTurn(name, remove).catch((error: unknown) => {
      throw failure(path, 'removed', error);
    });
  }

  /** Removes what writes of others have left that a crash ended; its own are let be. Answers how many files that were. */
  async sweep(): Promise<number> {
    try {
      const names = await readdir(this.directory).catch(ignoreMissing);
      const left = (names ?? []).filter((name) => temporaryPattern.test(name) && !name.includes(`~${this.#own}`));
      await Promise.all(left.map((name) => rm(join(this.directory, name), { force: true })));
      return left.length;
    } catch (error) {
      throw failure(this.directory, 'swept', error);
    }
  }

  #pathOf(name: string): string {
    if (namePattern.test(name)) return join(this.directory, name);
    const rule = 'small letters, digits, dots and hyphens, at most 64, the first a letter or digit';
    throw foreshardError('bad_argument', `a name must be ${rule}; got ${describe(name)}`, { argument: 'name', value: name });
  }

  #tooLarge(path: string, bytes: number): ForeshardError {
    return foreshardError('too_large', `${path}: ${bytes} bytes, at most ${this.#bytesMax} are allowed`, { path });
  }

  async #contentOf(path: string, file: FileHandle): Promise<Buffer> {
    const { size } = await file.stat();
    if (size > this.#bytesMax + headBytes) throw this.#tooLarge(path, size);
    return file.readFile();
  }

  /** Behind what is under way for the name, whatever becomes of that. */
  #inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(work, work).finally(() => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    });
    this.#turns.set(name, turn);
    return turn;
  }

  async #replace(path: string, content: Buffer): Promise<void> {
    await this.#make();
    const temporary = `${path}~${this.#own}${(this.#writes++ >>> 0).toString(16).padStart(8, '0')}`;
    try {
      await withFile(temporary, 'wx', async (file) => {
        await file.writeFile(content);
        await file.sync();
      });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncDirectory(this.directory);
  }

  async #make(): Promise<void> {
    try {
      await mkdir(this.directory);
      await syncDirectory(dirname(this.directory));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
