// foreshard predictor test PATH
import { Worker } from 'node:worker_threads';
import { foreshardError } from '../../errors/index.js';
import { numberGiven, wholeGiven, type Command, type OptionValues } from '../command.js';
import { visible } from '../text.js';
import { settingsGiven } from './settings.js';
import type { Finding } from '../../predictor/conformance/index.js';
import type { TrialMessage, TrialRequest } from './trial-worker.js';

const timeoutSeconds = { min: 1, max: 3600, default: 60 } as const;
const memoryMiB = 1024;

const say = (text: string) => process.stdout.write(`${visible(text)}\n`);

/** Answers the exit code. */
function sayFindings(findings: readonly Finding[]): number {
  for (const { name, fault } of findings) say(fault === undefined ? `  kept    ${name}` : `  BROKEN  ${name}: ${fault}`);
  const broken = findings.filter(({ fault }) => fault !== undefined).length;
  say(`${findings.length - broken} kept, ${broken} broken`);
  return broken === 0 ? 0 : 1;
}

/** What has been heard of the worker, and what is said of it. */
class Trial {
  readonly #worker: Worker;
  readonly #timeoutMs: number;
  #check: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #settle!: (code: number) => void;
  readonly ended = new Promise<number>((resolve) => (this.#settle = resolve));

  constructor(request: TrialRequest, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(new URL('trial-worker.js', import.meta.url), {
      workerData: request,
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    this.#worker.on('message', (message: TrialMessage) => this.#hear(message));
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#worker.on('exit', (code) => this.#fail(`it ended its thread (exit code ${code})`));
    this.#wait();
  }

  /** Whatever comes next must come in time. */
  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(`not done after ${this.#timeoutMs / 1000} s`), this.#timeoutMs);
  }

  #hear(message: TrialMessage): void {
    this.#wait();
    if (message.kind === 'begins') this.#check = message.name;
    if (message.kind === 'loaded') say(`${message.what.name} (${message.what.role}, version ${message.what.version})`);
    if (message.kind === 'refused') this.#fail(message.message);
    if (message.kind === 'ended') this.#end(sayFindings(message.findings));
  }

  /** The check that was under way is the one to blame. */
  #fail(why: string): void {
    say(this.#check === undefined ? `  BROKEN  ${why}` : `  BROKEN  ${this.#check}: ${why}`);
    this.#end(1);
  }

  #end(code: number): void {
    clearTimeout(this.#timer);
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => {}); // it is being ended
    void this.#worker.terminate().then(() => this.#settle(code));
  }
}

async function run(specifier: string, values: OptionValues): Promise<number> {
  const seed = wholeGiven(values, 'seed', { min: 0, max: 2 ** 32 - 1 }) ?? 1;
  const seconds = numberGiven(values, 'timeout', timeoutSeconds) ?? timeoutSeconds.default;
  if (specifier === '') throw foreshardError('bad_argument', 'PATH is empty', { argument: 'PATH' });
  return new Trial({ specifier, settings: settingsGiven(values), seed }, seconds * 1000).ended;
}

/** The exit code is 1 if a promise is broken. */
export const predictorTest: Command = {
  name: 'predictor test',
  args: ['PATH'],
  about: 'check that a predictor keeps to what its host relies on; the exit code is 1 if not',
  options: {
    settings: { type: 'string', value: 'JSON', about: 'settings for the predictor, as an object' },
    seed: { type: 'string', value: 'N', about: 'for whatever is random; default 1' },
    timeout: { type: 'string', value: 'S', about: `seconds that a check may take; default ${timeoutSeconds.default}` },
  },
  examples: ['foreshard predictor test ./mine.js'],
  run: ([specifier], values) => run(specifier!, values),
};
