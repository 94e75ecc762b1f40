// The settings of remote predictors.
import { numberFrom, settingsOf, type SettingsTable } from '../common/settings.js';

/** What is given beside the name of the predictor. */
interface RemoteSettings {
  /** Where the server listens; http: only. Default: 'http://127.0.0.1:7431'. */
  readonly url: string;
  /** Milliseconds that a hook may take, the way there and back included; from 10 to 600,000. Default: 10,000. */
  readonly timeoutMs: number;
  /** For the predictor at the server, above those that the server was started with. Default: none. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export type CheckedSettings = Omit<RemoteSettings, 'url'> & { readonly url: URL };

const usualUrl = 'http://127.0.0.1:7431';

/** Of a server, without a path. */
function isServer(text: unknown): boolean {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' && `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/';
}

const table: SettingsTable<RemoteSettings> = {
  url: { default: usualUrl, must: `an address as ${usualUrl}`, fits: isServer },
  timeoutMs: numberFrom(10, 600_000, 10_000),
  settings: {
    default: {},
    must: 'an object',
    fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
};

/** Throws a RangeError for settings that cannot be used. */
export function checkedSettings(given: Readonly<Record<string, unknown>>): CheckedSettings {
  const { url, ...others } = settingsOf(table, given);
  return { ...others, url: new URL(url) };
}
