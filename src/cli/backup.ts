// foreshard backup DIR TO
import { look } from './look.js';

/** Copies the store. */
export function backup(directory: string, to: string): Promise<number> {
  return look(directory, async (store) => {
    await store.backup(to);
    process.stdout.write(`${store.directory} was copied to ${to}\n`);
    return 0;
  });
}
