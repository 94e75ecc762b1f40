// Starts a benchmark's program in a process of its own, and listens to what it tells.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a program tells its parent: objects that are told apart by their kind. */
interface Told {
  readonly kind: string;
}

/** Programs that have not ended. */
const running = new Set<{ kill(): Promise<void> }>();

/** Ends all programs, and waits until they are gone. */
export async function killChildren(): Promise<void> {
  await Promise.all(Array.from(running, (program) => program.kill()));
}

/** `Message`: a union of what it tells. */
export class Program<Message extends Told> {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #told: Message[] = [];

  /** `file`: the program; its one argument is the task as JSON. It leads a process group, so that its servers end with it. */
  constructor(file: string, task: unknown) {
    this.#process = fork(file, [JSON.stringify(task)], { execArgv: [], serialization: 'advanced', detached: true });
    running.add(this);
    this.#exited = once(this.#process, 'exit').finally(() => {
      running.delete(this);
      this.#killGroup();
    });
    this.#process.on('message', (message) => this.#told.push(message as Message));
  }

  /** The first message of this kind. Rejects if the process ends without it. */
  async told<Kind extends Message['kind']>(kind: Kind): Promise<Extract<Message, { kind: Kind }>> {
    for (;;) {
      const message = this.#told.find((one) => one.kind === kind);
      if (message !== undefined) return message as Extract<Message, { kind: Kind }>;
      const more = once(this.#process, 'message').then(() => true);
      if (!(await Promise.race([more, this.#exited.then(() => false)])) && !this.#told.some((one) => one.kind === kind)) {
        throw new Error(`the program ended without "${kind}"`);
      }
    }
  }

  /** All messages of this kind so far. */
  all<Kind extends Message['kind']>(kind: Kind): Extract<Message, { kind: Kind }>[] {
    return this.#told.filter((one) => one.kind === kind) as Extract<Message, { kind: Kind }>[];
  }

  /** The word that a process waits for. */
  go(): void {
    this.#process.send('go');
  }

  /** Stands still, memory and all. */
  stop(): void {
    this.#process.kill('SIGSTOP');
  }

  /** Ends it with all that it has started. */
  async kill(): Promise<void> {
    this.#killGroup();
    await this.#exited;
  }

  #killGroup(): void {
    try {
      process.kill(-this.#process.pid!, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // all of them have ended
    }
  }

  async ended(): Promise<void> {
    await this.#exited;
  }
}
