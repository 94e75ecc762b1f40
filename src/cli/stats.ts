// foreshard stats DIR
import { look } from './look.js';

/** Prints the figures of the store and of its recovery. */
export function stats(directory: string): Promise<number> {
  return look(directory, async (store) => {
    await store.recovery.full;
    const figures = { directory: store.directory, stats: store.stats(), recovery: store.recovery.report() };
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    return 0;
  });
}
