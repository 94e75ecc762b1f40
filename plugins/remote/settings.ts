// The settings of remote predictors.

/** What is given beside the name of the predictor. */
export interface RemoteSettings {
  /** Where the server listens; http: only. Default: 'http://127.0.0.1:7431'. */
  readonly url?: string;
  /** Milliseconds that a hook may take, the way there and back included; from 10 to 600,000. Default: 10,000. */
  readonly timeoutMs?: number;
  /** For the predictor at the server, above those that the server was started with. Default: none. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface CheckedSettings {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

const defaults = { url: 'http://127.0.0.1:7431', timeoutMs: 10_000, settings: {} } as const;
const [timeoutLeast, timeoutMost] = [10, 600_000];
const names = new Set(Object.keys(defaults));

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/') return url;
  throw new TypeError(`url must be as ${defaults.url}, got ${String(text)}`);
}

/** Throws for settings that cannot be used. */
export function settingsOf(given: Readonly<Record<string, unknown>>): CheckedSettings {
  const unknown = Object.keys(given).find((name) => !names.has(name));
  if (unknown !== undefined) throw new TypeError(`there is no setting "${unknown}"; there are ${[...names].join(', ')}`);
  const { url, timeoutMs, settings } = { ...defaults, ...given } as Required<RemoteSettings>;
  if (!(typeof timeoutMs === 'number' && timeoutMs >= timeoutLeast && timeoutMs <= timeoutMost))
    throw new RangeError(`timeoutMs must be a number from ${timeoutLeast} to ${timeoutMost}, got ${String(timeoutMs)}`);
  const isObject = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
  if (!isObject) throw new TypeError('settings must be an object');
  return { url: urlOf(url), timeoutMs, settings };
}
