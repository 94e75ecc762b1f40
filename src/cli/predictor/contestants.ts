// The predictors that a backtest compares: loaded once, and created anew for each trace.
import { bundled } from '../../../plugins/index.js';
import { foreshardError } from '../../errors/index.js';
import { baselineNames, type Contestant } from '../../predictor/backtest/backtest.js';
import type { Predictor } from '../../predictor/index.js';
import { loadPredictor } from '../../predictor/load.js';

/** As it was called on the command line, and what it is called in the tables. */
export interface Entrant {
  readonly specifier: string;
  readonly name: string;
  readonly definition: Predictor<'access'>;
  readonly settings: Readonly<Record<string, unknown>>;
}

const isOfAccess = (predictor: Predictor): predictor is Predictor<'access'> => predictor.role === 'access';

async function loadOfAccess(specifier: string): Promise<Predictor<'access'>> {
  const predictor: Predictor = await loadPredictor(specifier, bundled);
  if (isOfAccess(predictor)) return predictor;
  const why = `is of role ${predictor.role}; traces are for predictors of role access`;
  throw foreshardError('bad_argument', `predictor ${specifier}: ${why}`, { plugin: specifier, hook: 'import' });
}

/** The settings are for the first. Of two with the same name, the later one is called as on the command line. */
export async function entrantsOf(specifiers: readonly string[], settings: Entrant['settings']): Promise<Entrant[]> {
  const taken = new Set<string>(baselineNames);
  const entrants: Entrant[] = [];
  for (const specifier of specifiers) {
    const definition = await loadOfAccess(specifier);
    const name = taken.has(definition.name) ? specifier : definition.name;
    taken.add(name);
    entrants.push({ specifier, name, definition, settings: entrants.length === 0 ? settings : {} });
  }
  return entrants;
}

/** A predictor that has learned nothing yet. Throws FORESHARD_BAD_ARGUMENT if it cannot be created, as with wrong settings. */
export function contestantOf({ name, definition, settings }: Entrant, seed: number): Contestant {
  try {
    return { name, definition, predictor: definition.create({ seed, settings, shouldStop: () => false }) };
  } catch (error) {
    const context = { plugin: definition.name, hook: 'create' };
    throw foreshardError('bad_argument', `predictor ${name}: create: ${(error as Error).message}`, context, error);
  }
}
