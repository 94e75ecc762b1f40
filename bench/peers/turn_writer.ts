// Collects the puts of one turn of the event loop and writes them together, for stores that commit one write at a time:
// what their users do when many requests come at once.
import type { PeerRecord } from './peer.js';

interface Waiting {
  readonly records: PeerRecord[];
  readonly committed: Promise<void>;
}

export class TurnWriter {
  readonly #write: (records: readonly PeerRecord[]) => unknown;
  #waiting: Waiting | undefined;

  /** `write`: makes them durable by the time it returns, or its promise resolves. */
  constructor(write: (records: readonly PeerRecord[]) => unknown) {
    this.#write = write;
  }

  put(record: PeerRecord): Promise<void> {
    this.#waiting ??= this.#begin();
    this.#waiting.records.push(record);
    return this.#waiting.committed;
  }

  #begin(): Waiting {
    const records: PeerRecord[] = [];
    const committed = new Promise<void>((resolve, reject) => {
      setImmediate(async () => {
        this.#waiting = undefined;
        try {
          await this.#write(records);
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    return { records, committed };
  }
}
