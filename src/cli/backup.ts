// foreshard backup DIR TO
import type { Command } from './command.js';
import { look } from './look.js';

/** Copies the store. */
export const backup: Command = {
  name: 'backup',
  args: ['DIR', 'TO'],
  about: 'copy the store consistently into TO, new or of an earlier backup',
  examples: ['foreshard backup ./data /mnt/backup/data'],
  run: ([directory, to]) =>
    look(directory!, async (store) => {
      await store.backup(to!);
      process.stdout.write(`${store.directory} was copied to ${to}\n`);
      return 0;
    }),
};
