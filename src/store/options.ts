// The options of open(): what they mean, and their check. Defaults and bounds of numbers come from the table that the
// engine uses too (native/constants.json); what is not given is left to the engine.
import { resolve } from 'node:path';
import { badOption, booleanOption, groupOption, numberOption, oneOf, optionTable, type Check, type Checks } from '../errors/index.js';
import type { NativeOptions } from '../native/index.js';
import type { KeyEncoding } from './keys.js';
import type { ValueEncoding } from './encoding.js';

/** Places for the copies that recovery uses. */
export interface TierOptions {
  /**
   * Directory of the fast-restore checkpoint: on the fastest disk; on a tmpfs it serves restarts that are no power
   * cuts. Default: `fast` in the store's directory.
   * @example '/mnt/nvme/foreshard-fast'
   */
  fast?: string;
  /**
   * Directory to which standard checkpoints are copied, for another node to restore from, for instance a network
   * mount. Default: none.
   * @example '/mnt/backup/orders'
   */
  standard?: string;
  /**
   * Size limit of the fast-restore checkpoint in bytes, 0 to 1 TiB; its tier needs twice that, as the old one stays until
   * the new one is written. 0 turns it off. Default: 268435456.
   * @example 1 << 30
   */
  fastBudget?: number;
}

/** What recovery may use. */
export interface RecoveryOptions {
  /**
   * 'fast': fast-restore and standard checkpoints. 'standard': only the latter. 'log': only the log, for measuring and
   * for rescue. Default: 'fast'.
   * @example 'log'
   */
  use?: 'fast' | 'standard' | 'log';
}

/** Options of the store itself. */
export interface StoreOptions<V = unknown> {
  /**
   * How values are kept: 'buffer' (any Uint8Array, read as Buffer), 'utf8' (strings), 'json', or a codec
   * `{ encode, decode }`. The same each time a store is opened; the store does not record it. Default: 'buffer'.
   * @example 'json'
   */
  valueEncoding?: ValueEncoding<V>;
  /**
   * How iterators and changes give keys: 'utf8' (strings) or 'buffer'. Default: 'utf8'.
   * @example 'buffer'
   */
  keyEncoding?: KeyEncoding;
  /** Create the store if the directory has none. Default: true. */
  createIfMissing?: boolean;
  /** Refuse, with FORESHARD_EXISTS, to open a store that exists. Default: false. */
  errorIfExists?: boolean;
  /** Where copies for recovery go. */
  tiers?: TierOptions;
  /**
   * Memory for resident records in bytes, 16 MiB to 1 TiB; colder records are read from disk. Default: 1073741824.
   * @example 4 * 2 ** 30
   */
  memoryLimit?: number;
  /**
   * Size of one file of the log in bytes, 1 to 64 MiB; of a new store only. Default: 33554432.
   * @example 8 * 2 ** 20
   */
  segmentBytes?: number;
  /**
   * Shards that a new store starts with, 1 to 1024, rounded up to a power of two. Default: 4.
   * @example 16
   */
  shards?: number;
  /**
   * When a write is acknowledged. 'commit': when it is durable, so that it survives a killed process and a power cut.
   * 'interval': when it is accepted; a crash can lose the last `flushInterval`. Default: 'commit'.
   * @example 'interval'
   */
  durability?: 'commit' | 'interval';
  /**
   * With durability 'interval', the longest time in milliseconds that a write stays unflushed, 1 to 60000. Default: 50.
   * @example 10
   */
  flushInterval?: number;
  /**
   * How files are read and written: 'ring' (io_uring), 'pool' (threads), or 'auto': the ring where the system permits
   * it. Default: 'auto'.
   * @example 'pool'
   */
  io?: 'auto' | 'ring' | 'pool';
  /**
   * Commit groups that may be on their way to the disk at once, 1 to 4. Default: 2.
   * @example 4
   */
  inflightGroups?: number;
  /**
   * How long the thread looks for the end of a commit at the end of a turn that wrote, before it goes back to the event loop,
   * in microseconds up to 1000. Where nothing else is to do, the commit of a put that is awaited ends sooner, as the thread
   * need not be woken; it costs a processor, and other events wait that long. Default: 0.
   * @example 150
   */
  commitSpin?: number;
  /**
   * Time in milliseconds after which an access counts half as much as a fresh one, 1000 (a second) to 2592000000
   * (30 days). Default: 600000.
   * @example 60_000
   */
  heatHalfLife?: number;
  /**
   * The four half-lives of the rates of pages and shards in milliseconds, ascending, 50 to 2592000000. The shorter ones tell
   * sooner where load has gone; where it is too little for that, the longer ones count.
   * Default: [200, 1000, 60000, 3600000].
   * @example [1000, 60_000, 3_600_000, 86_400_000]
   */
  heatHalfLives?: readonly number[];
  /** Count accesses, and learn which keys are hot; recovery then restores them first. Default: true. */
  trackHeat?: boolean;
  /**
   * Share of dead bytes from which a segment is worth compacting, 0.05 to 0.95. Less takes less disk space and more work.
   * Default: 0.35.
   * @example 0.3
   */
  compactionGarbageShare?: number;
  /**
   * Rate limit of checkpoints and of compaction in bytes per second, from 1 MiB; 1 TiB is no limit. Compaction passes it where
   * writes bring garbage faster than it would be taken away, so that the space on disk is bounded. Default: 314572800.
   * @example 100 * 2 ** 20
   */
  backgroundBytesPerSecond?: number;
  /** Write checkpoints in the background. Default: true. */
  checkpoints?: boolean;
  /**
   * What to do about damage to what had been durable: 'fail' refuses to open and names the damaged range; 'skip' opens
   * without that range, iterators pass over damaged records, and the event 'corruption' tells. Default: 'fail'.
   * @example 'skip'
   */
  onDamage?: 'fail' | 'skip';
  /** What recovery may use. */
  recovery?: RecoveryOptions;
}

/** Options that were checked. */
export interface CheckedOptions<V> {
  readonly native: NativeOptions;
  readonly valueEncoding: ValueEncoding<V>;
  readonly keyEncoding: KeyEncoding;
}

const directoryOption: Check = (option, value) => {
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    throw badOption(option, value, 'the path of a directory');
};

const halfLivesOption: Check = (option, value) => {
  const { min, max } = optionTable.heatHalfLife0;
  const fits = (item: unknown, i: number, list: number[]) =>
    typeof item === 'number' && Number.isInteger(item) && item >= min && item <= max && (i === 0 || item > list[i - 1]!);
  if (!Array.isArray(value) || value.length !== 4 || !value.every(fits))
    throw badOption(option, value, `four whole numbers from ${min} to ${max} (ms), ascending`);
};

const encodings = new Set<unknown>(['buffer', 'utf8', 'json']);
const encodingOption: Check = (option, value) => {
  const { encode, decode } = (value ?? {}) as { encode?: unknown; decode?: unknown };
  const isCodec = typeof encode === 'function' && typeof decode === 'function';
  if (!isCodec && !encodings.has(value)) {
    throw badOption(option, value, `one of 'buffer', 'utf8', 'json', or a codec { encode, decode }`);
  }
};

const checks: Checks<StoreOptions> = {
  valueEncoding: encodingOption,
  keyEncoding: oneOf('utf8', 'buffer'),
  createIfMissing: booleanOption,
  errorIfExists: booleanOption,
  tiers: groupOption<TierOptions>({
    fast: directoryOption,
    standard: directoryOption,
    fastBudget: numberOption('fastBudget'),
  }),
  memoryLimit: numberOption('memoryLimit'),
  segmentBytes: numberOption('segmentBytes'),
  shards: numberOption('shards'),
  durability: oneOf('commit', 'interval'),
  flushInterval: numberOption('flushInterval'),
  io: oneOf('auto', 'ring', 'pool'),
  inflightGroups: numberOption('inflightGroups'),
  commitSpin: numberOption('commitSpin'),
  heatHalfLife: numberOption('heatHalfLife'),
  heatHalfLives: halfLivesOption,
  trackHeat: booleanOption,
  compactionGarbageShare: numberOption('compactionGarbageShare'),
  backgroundBytesPerSecond: numberOption('backgroundBytesPerSecond'),
  checkpoints: booleanOption,
  onDamage: oneOf('fail', 'skip'),
  recovery: groupOption<RecoveryOptions>({ use: oneOf('fast', 'standard', 'log') }),
};

/** Without what is undefined: the engine's default holds there. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function nativeOptions(directory: string, options: StoreOptions<never>): NativeOptions {
  const { valueEncoding, keyEncoding: _, tiers = {}, recovery = {}, durability, onDamage, ...same } = options;
  const use = recovery.use ?? 'fast';
  return defined<NativeOptions>({
    ...same,
    directory: resolve(directory),
    fastDirectory: tiers.fast && resolve(tiers.fast),
    standardDirectory: tiers.standard && resolve(tiers.standard),
    fastBudget: tiers.fastBudget,
    intervalDurability: durability === 'interval',
    skipDamage: onDamage === 'skip',
    useFast: use === 'fast',
    useStandard: use !== 'log',
    textValues: valueEncoding === 'utf8' || valueEncoding === 'json',
  } as NativeOptions);
}

/** Checks what the application gave to open(). */
export function checkOptions<V>(directory: unknown, options: StoreOptions<V>): CheckedOptions<V> {
  directoryOption('directory', directory);
  groupOption(checks)('options', options);
  return {
    native: nativeOptions(directory as string, options as StoreOptions<never>),
    valueEncoding: options.valueEncoding ?? 'buffer',
    keyEncoding: options.keyEncoding ?? 'utf8',
  };
}
