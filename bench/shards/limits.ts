// Bounds of options of the benchmarks of shards.
import { optionTable } from '../../src/errors/index.js';
import { numberOf } from '../common/options.js';

/** Fewer keys have no load that shards could share. */
export const keysMin = 1000;
export const shardsMax = optionTable.shards.max;

/** Shards of a new store, which has a power of two of them. */
export const shardsIn = (text: string): number => 2 ** Math.ceil(Math.log2(numberOf('shards', text, 2, shardsMax / 2, true)));
