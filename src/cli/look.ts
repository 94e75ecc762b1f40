// Opening a store to look at it: nothing is created, nothing is checkpointed.
import { open, type OpenOptions, type Store } from '../api/index.js';

export async function look<Result>(
  directory: string,
  use: (store: Store<Buffer, Buffer>) => Promise<Result>,
  options: Pick<OpenOptions, 'onDamage' | 'recovery'> = {},
): Promise<Result> {
  const store = await open(directory, {
    createIfMissing: false,
    checkpoints: false,
    keyEncoding: 'buffer',
    ...options,
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
