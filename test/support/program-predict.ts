// A process or worker that uses the store in a directory until something is predicted, or would be if that did not hang, and then
//   MODE idle: has nothing more to do; exit: ends the process in the middle of it; stay: goes on
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { PredictedStore } from './predicted-store.js';

const [directory, mode, access] = isMainThread ? process.argv.slice(2) : (workerData as string[]);
const it = await PredictedStore.open(directory!, access === undefined ? {} : { access });
await it.until('a prediction', () => (access === undefined ? it.predictedTime > 0 : it.figures !== undefined));
if (access !== undefined) for (let i = 0; i < 20; i++) await it.use();
if (it.wrong.length > 0) throw new Error(it.wrong.join('\n'));
if (isMainThread) process.stdout.write('predicted\n');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has none
else parentPort!.postMessage('predicted');
if (mode === 'exit') process.exit();
if (mode === 'stay') await it.until('the end', () => false);
