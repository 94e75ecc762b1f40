// How much memory a hook takes, as far as it can be told from outside of its thread: what the process has grown by meanwhile, less
// what its owner says that the store and its own thread take.
//
// The limit of heap that a thread can be given is no help, as a single array that goes far beyond it ends the whole process.
import type { Pulse } from './pulse.js';

/** Of the limit: what is held and as much garbage, which cannot be told from it. */
const exceedingFactor = 2;
/** So much more is not waited for: the owner may be busy and tell nothing. */
const runawayFactor = 4;
const arrayBytesMax = 2 ** 30;

/** Heap that a thread must be given, so that one array more does not end the process before somebody has looked. */
export const heapBytes = (limit: number): number => limit + arrayBytesMax;

/** Bytes of the process that are not known to be its owner's; NaN where the system does not tell. */
export function othersBytes(pulse: Pulse): number {
  try {
    return process.memoryUsage.rss() - pulse.ownerBytes;
  } catch {
    return NaN;
  }
}

export class MemoryWatch {
  /** What the owner had told when too much was seen first. */
  #told = Infinity;

  /** `limit`: in bytes; `before`: othersBytes() when it began. */
  constructor(
    readonly pulse: Pulse,
    readonly limit: number,
    readonly before = othersBytes(pulse),
  ) {}

  /** What it has grown by, once that is too much by a fresh figure of the owner, or far too much. */
  get exceeding(): number | undefined {
    const grown = othersBytes(this.pulse) - this.before;
    const { told } = this.pulse;
    this.#told = grown > exceedingFactor * this.limit ? Math.min(this.#told, told) : Infinity;
    return told > this.#told || grown > runawayFactor * this.limit ? grown : undefined;
  }
}

export const exceedingWords = (bytes: number, limit: number): string => `took ${bytes} bytes, of ${limit} allowed`;
