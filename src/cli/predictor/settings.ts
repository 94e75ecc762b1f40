// The option --settings of the commands about predictors.
import { Misuse, type OptionValues } from '../command.js';

/** Throws Misuse for what is no JSON object. */
export function settingsGiven(values: OptionValues): Readonly<Record<string, unknown>> {
  const text = (values.settings as string | undefined) ?? '{}';
  try {
    const settings = JSON.parse(text) as unknown;
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new Misuse(`--settings ${text}: a JSON object is wanted.`);
}
