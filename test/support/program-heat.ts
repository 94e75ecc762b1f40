// A process or worker that opens the store in a directory with its heat shown, reads now and then, and stays.
//   MODE idle: does nothing more (the process may end)
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { open } from '../../src/index.js';
import { smallStore } from './stores-options.js';

const [directory, mode] = isMainThread ? process.argv.slice(2) : (workerData as string[]);
const store = await open(directory!, { ...smallStore, heatSocket: true });
await store.put('<script>alert(1)</script>', Buffer.alloc(50));
const read = () => {
  for (let i = 0; i < 100; i++) store.getSync('<script>alert(1)</script>');
};
if (mode !== 'idle') setInterval(read, 10);
if (isMainThread) process.stdout.write('opened\n');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has none
else parentPort!.postMessage('opened');
