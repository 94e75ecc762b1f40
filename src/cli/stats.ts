// foreshard stats DIR
import type { Command } from './command.js';
import { look } from './look.js';

/** Prints the figures of the store and of its recovery. */
export const stats: Command = {
  name: 'stats',
  args: ['DIR'],
  about: 'print figures of the store as JSON',
  examples: ['foreshard stats ./data'],
  run: ([directory]) =>
    look(directory!, async (store) => {
      await store.recovery.full;
      const figures = { directory: store.directory, stats: store.stats(), recovery: store.recovery.report() };
      process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
      return 0;
    }),
};
