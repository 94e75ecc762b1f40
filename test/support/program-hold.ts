// A process or worker that opens the store in a directory, writes on and on, and says what is acknowledged.
//   MODE idle: opens, writes one record, and does nothing more (the process may end)
//        write: writes until it is killed
//        exit: process.exit() with writes under way
//        pending: leaves one write unawaited
//        open: opens, says so or the error's code, and stays
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { open, type ForeshardError } from '../../src/index.js';
import { smallStore } from './stores-options.js';

const [directory, mode, io] = isMainThread ? process.argv.slice(2) : (workerData as string[]);
function say(text: string): void {
  if (isMainThread) process.stdout.write(`${text}\n`);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has none
  else parentPort!.postMessage(text);
}

async function writeOn(store: Awaited<ReturnType<typeof openStore>>) {
  for (let i = 0; ; i++) {
    const group = Array.from({ length: 50 }, (_, at) => store.put(`k${i}-${at}`, Buffer.alloc(100, i & 255)));
    await Promise.all(group);
    say(`acknowledged ${i}`);
  }
}

const openStore = () => open(directory!, { ...smallStore, io: io as 'ring' | 'pool' });

try {
  const store = await openStore();
  say('opened');
  if (mode === 'idle') await store.put('idle', Buffer.from('x'));
  if (mode === 'write') await writeOn(store);
  if (mode === 'pending') void store.put('pending', Buffer.from('x')).then(() => say('acknowledged'));
  if (mode === 'exit') {
    await store.put('before', Buffer.from('x'));
    for (let i = 0; i < 1000; i++) void store.put(`k${i}`, Buffer.alloc(100));
    process.exit(5);
  }
  if (mode === 'open') setInterval(() => store, 1000);
} catch (error) {
  say(`refused ${(error as ForeshardError).code}`);
}
