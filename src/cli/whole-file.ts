// Writing a file of a command's output.
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { foreshardError } from '../errors/index.js';

/** The file is there whole, or as it was before. Rejects with FORESHARD_IO. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw foreshardError('io', `${file} cannot be written: ${(error as Error).message}`, { path: file }, error);
  }
}
