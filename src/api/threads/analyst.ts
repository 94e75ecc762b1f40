// The thread beside a store that predicts for it.
import { parentPort, workerData } from 'node:worker_threads';
import { bundled } from '../../../plugins/index.js';
import { runAnalyst, type AnalystData } from '../../predictor/host/index.js';

await runAnalyst(parentPort!, workerData as AnalystData, bundled);
