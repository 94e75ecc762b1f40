// foreshard predictor serve PATH
import { once } from 'node:events';
import { bundled } from '../../../plugins/index.js';
import { loadPredictor } from '../../predictor/load.js';
import { limitDefaults, serveDefaults, servePredictor } from '../../predictor/remote/index.js';
import type { ServeOptions } from '../../predictor/remote/index.js';
import { textGiven, wholeGiven, type Command, type OptionValues } from '../command.js';
import { visible } from '../text.js';
import { settingsGiven } from './settings.js';

const portMax = 65_535;
const sessionsMax = 1024;
/** What a predictor has left running does not keep the process for longer. */
const leftRunningMs = 1000;

const say = (text: string) => process.stdout.write(`${visible(text)}\n`);
const warn = (text: string) => process.stderr.write(`${visible(text)}\n`);

const failed: ServeOptions['failed'] = ({ hook, message, cause }) => {
  const stack = cause instanceof Error ? (cause.stack ?? message) : message;
  for (const line of `${String(hook)}: ${stack}`.split('\n')) warn(line);
};

function askedBy(values: OptionValues): ServeOptions {
  return {
    host: textGiven(values, 'host', 'an address'),
    port: wholeGiven(values, 'port', { min: 0, max: portMax }),
    settings: settingsGiven(values),
    limits: { sessions: wholeGiven(values, 'sessions', { min: 1, max: sessionsMax }) ?? limitDefaults.sessions },
    failed,
  };
}

const stopped = (): Promise<unknown> => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

async function run(specifier: string, values: OptionValues): Promise<number> {
  const asked = askedBy(values);
  const definition = await loadPredictor(specifier, bundled);
  const server = await servePredictor(definition, asked);
  const end = stopped(); // who reads the address may send a signal at once
  const { name, role, version } = definition;
  say(`${name} (${role}, version ${version}) at ${server.url}`);
  if (!server.isLocal) warn('Whoever reaches this address may use it: there is no authentication, and nothing is encrypted.');
  await end;
  await server.close();
  setTimeout(() => process.exit(0), leftRunningMs).unref();
  return 0;
}

/** Ends with SIGINT or SIGTERM, when open requests have been answered. */
export const predictorServe: Command = {
  name: 'predictor serve',
  args: ['PATH'],
  about: 'serve a predictor to stores in other processes, which use the predictor remote, remote-load or remote-failure',
  options: {
    port: { type: 'string', value: 'N', about: `port to listen on, 0 for any that is free; default ${serveDefaults.port}` },
    host: {
      type: 'string',
      value: 'HOST',
      about: `address to listen on; whoever reaches it may use it; default ${serveDefaults.host}`,
    },
    settings: { type: 'string', value: 'JSON', about: 'settings for the predictor, as an object' },
    sessions: { type: 'string', value: 'N', about: `clients at a time; default ${limitDefaults.sessions}` },
  },
  examples: [
    'foreshard predictor serve ./mine.js',
    `foreshard predictor serve ensemble --port 0 --settings '{}'`,
    `foreshard predictor backtest remote --settings '{"url":"http://127.0.0.1:7431"}' --trace monday.csv.gz`,
  ],
  run: ([specifier], values) => run(specifier!, values),
};
