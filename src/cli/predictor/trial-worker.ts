// The thread in which a predictor is checked: it may be ended from outside when a hook never returns.
import { parentPort, workerData } from 'node:worker_threads';
import { bundled } from '../../../plugins/index.js';
import { ForeshardError } from '../../errors/index.js';
import { conform, type Finding } from '../../predictor/conformance/index.js';
import { loadPredictor } from '../../predictor/load.js';
import type { Predictor } from '../../predictor/index.js';

export interface TrialRequest {
  readonly specifier: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
}

/** In their order: what it is, each check that begins, and the end of all; or why it cannot be loaded. */
export type TrialMessage =
  | { readonly kind: 'loaded'; readonly what: Pick<Predictor, 'name' | 'role' | 'version' | 'columns'> }
  | { readonly kind: 'begins'; readonly name: string }
  | { readonly kind: 'ended'; readonly findings: readonly Finding[] }
  | { readonly kind: 'refused'; readonly message: string };

const port = parentPort!;
const say = (message: TrialMessage) => port.postMessage(message, []);

async function trial({ specifier, settings, seed }: TrialRequest): Promise<void> {
  const definition = await loadPredictor(specifier, bundled);
  const { name, role, version, columns } = definition;
  say({ kind: 'loaded', what: { name, role, version, columns } });
  const begins = (check: string) => say({ kind: 'begins', name: check });
  say({ kind: 'ended', findings: await conform(definition, { settings, seed, begins }) });
}

try {
  await trial(workerData as TrialRequest);
} catch (error) {
  const message = error instanceof ForeshardError ? `${error.code}: ${error.message}` : String(error);
  say({ kind: 'refused', message });
}
