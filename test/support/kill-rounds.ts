// Rounds of kill and look: a process writes, is killed at some moment, and what it was told is compared with the store.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { open, type Store } from '../../src/index.js';
import { Expected, keyName, keysPerLane, lanes, recordPipe } from './kill-record.js';
import { programFile } from './programs.js';
import { Random } from './random.js';
import { smallStore } from './stores-options.js';

export interface KillOptions {
  readonly directory: string;
  readonly io: 'ring' | 'pool';
  readonly rounds: number;
  readonly seed: number;
  /** Longest time under load before the kill. */
  readonly loadMs?: number;
  readonly say?: (text: string) => void;
}

export interface KillResult {
  readonly rounds: number;
  readonly acknowledged: number;
  /** What was lost, invented, torn or read wrongly, in words. */
  readonly lost: readonly string[];
}

class Victim {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #piped: Promise<unknown>;
  #stderr = '';
  #opened!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.#opened = resolve));

  constructor(expected: Expected, { directory, io }: KillOptions, seed: number, mode: 'load' | 'open') {
    const args = [programFile('program-lanes'), directory, io, seed, expected.lastVersion, mode].map(String);
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#process, 'exit');
    this.#process.stderr!.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    const pipe = this.#process.stdio[recordPipe] as Readable;
    pipe.on('data', (bytes: Buffer) => {
      if (expected.take(bytes)) this.#opened();
    });
    this.#piped = once(pipe, 'close').then(() => expected.endOfPipe());
  }

  /** Rejects if it has ended by itself: then the store has refused something. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** When all that it told has arrived. */
  async told(): Promise<void> {
    await this.#piped;
    if (this.#process.signalCode !== 'SIGKILL') throw new Error(`the process ended by itself: ${this.#stderr}`);
  }

  async openedOrEnded(): Promise<void> {
    await Promise.race([this.opened, this.#ended]);
  }
}

async function compareAll(store: Store, expected: Expected): Promise<string[]> {
  const problems: string[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const keys = Array.from({ length: keysPerLane }, (_, key) => keyName(lane, key));
    const problem = expected.compare(lane, await store.getMany(keys));
    if (problem !== undefined) problems.push(problem);
  }
  const found: string[] = [];
  for await (const key of store.keys()) found.push(key);
  if (new Set(found).size !== found.length) problems.push('the iterator gave a key twice');
  if (found.length !== expected.keyCount) problems.push(`${found.length} keys are there, ${expected.keyCount} should be`);
  return problems;
}

/** Opens the store at once, without waiting for anything, and compares everything. */
async function look(options: KillOptions, victim: Victim, expected: Expected): Promise<string[]> {
  const opening = open(options.directory, { ...smallStore, io: options.io });
  await victim.told();
  const store = await opening;
  try {
    return await compareAll(store, expected);
  } finally {
    await store.close();
  }
}

/** As many rounds on the same directory: each goes on with what the last one left. */
export async function killRounds(options: KillOptions): Promise<KillResult> {
  const { rounds, seed, loadMs = 300, say = () => {} } = options;
  const random = new Random(seed);
  const expected = new Expected();
  const lost: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const before = expected.acknowledged;
    let victim = new Victim(expected, options, random.below(2 ** 31), 'load');
    await victim.openedOrEnded();
    await sleep(random.below(loadMs));
    await victim.kill();
    await victim.told();
    for (let again = random.below(3); again > 0; again--) {
      victim = new Victim(expected, options, 0, 'open'); // killed while it recovers, or soon after
      if (random.below(2) === 0) await victim.openedOrEnded();
      await sleep(random.below(80));
      await victim.kill();
      await victim.told();
    }
    const problems = [...expected.wrong.splice(0), ...(await look(options, victim, expected))];
    lost.push(...problems.map((problem) => `round ${round}, seed ${seed}: ${problem}`));
    say(`round ${round}: ${expected.acknowledged - before} acknowledged, ${problems.length} lost`);
    if (problems.length > 0) break; // what is expected from here on is not known
  }
  return { rounds, acknowledged: expected.acknowledged, lost };
}
