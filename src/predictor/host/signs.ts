// What the owner of a store tells the thread that predicts about the store and its process.
import { getHeapStatistics } from 'node:v8';
import type { Driver } from '../../store/index.js';
import type { ProcessSignals } from './failure-watch.js';
import type { RecoveryFacts } from './messages.js';

interface EarlyReads {
  readonly reads: number;
  readonly covered: number;
  readonly restored: number;
  readonly byClass: readonly number[];
}

/** Parts of what the engine reports; native/engine/store writes them. */
interface EngineReport {
  readonly clean: boolean;
  readonly created: boolean;
  readonly ms: { readonly open: number; readonly hot: number; readonly full: number };
  readonly fast: { readonly records: number; readonly admitted: number; readonly predicted: { readonly admitted: number } };
  readonly early: EarlyReads;
}
interface EngineStats {
  readonly memory: { readonly chunks: number; readonly index: number };
  readonly work: { readonly corruptReads: number };
  readonly log: { readonly rollbacks: number };
}

const noFacts = {
  clean: true,
  openMs: -1,
  hotMs: -1,
  fullMs: -1,
  restored: {},
  early: { reads: 0, covered: 0, restored: 0, byClass: [] },
};

/** Zero: it is not there yet. */
const reached = (ms: number): number => (ms > 0 ? ms : -1);

/** How the recovery went, as far as it has come. `openedMs`: when the store was opened, Unix milliseconds. */
export function recoveryFacts({ native }: Driver, openedMs: number): RecoveryFacts {
  const json = native.recoveryJson();
  if (json === undefined) return { openedMs, ...noFacts };
  const { clean, created, ms, fast, early } = JSON.parse(json) as EngineReport;
  const { reads, covered, restored, byClass } = early;
  const predicted = fast.predicted.admitted;
  return {
    openedMs,
    clean: clean || created,
    openMs: reached(ms.open),
    hotMs: reached(ms.hot),
    fullMs: reached(ms.full),
    restored: { predicted, others: Math.max(0, fast.admitted - predicted) },
    early: { reads, covered, restored, byClass },
  };
}

/** How the process is, and how much memory the store takes, in bytes. */
export interface ProcessSigns {
  readonly signals: ProcessSignals;
  readonly storeBytes: number;
}

export function processSigns({ native }: Driver): ProcessSigns {
  const json = native.statsJson();
  const { used_heap_size: heapBytes } = getHeapStatistics();
  if (json === undefined) return { signals: { heapBytes, errors: 0 }, storeBytes: 0 };
  const { memory, work, log } = JSON.parse(json) as EngineStats;
  return { signals: { heapBytes, errors: work.corruptReads + log.rollbacks }, storeBytes: memory.chunks + memory.index };
}
