// The features of keys, for predictors of access.
import type { ColumnInfo } from './column.js';

/**
 * A row is a key of the tracked set. "Now" is the moment of the prediction; accesses are those of all keys, so that an age or a
 * half-life in accesses goes with the load, and one in seconds with the clock. What is not known is -1.
 */
export const accessColumns = {
  age: { unit: 'accesses', about: 'since the last access of the key' },
  ageSeconds: { unit: 'seconds', about: 'since the last access of the key' },
  lifetime: { unit: 'accesses', about: 'since the first access of the key' },
  count: { unit: 'accesses', about: 'of the key, since it is tracked' },
  gap: { unit: 'accesses', about: 'between the last two accesses of the key' },
  gapBefore: { unit: 'accesses', about: 'between the two accesses before the last' },
  gapMean: { unit: 'accesses', about: 'between accesses of the key: a moving average, each new gap weighs two fifths' },
  due: { unit: 'number', about: 'age over gap: 1 is when the key would be used again if it were used regularly' },
  reads: { unit: 'share', about: 'of the accesses of the key that were reads' },
  bytes: { unit: 'bytes', about: 'of the value, as of the last access' },
  rateLife: { unit: 'share', about: 'of the accesses of all keys since its first, those of the key' },
  rate1k: { unit: 'accesses', about: 'decayed count of the key, with a half-life of 1,000 accesses' },
  rate10k: { unit: 'accesses', about: 'the same, with a half-life of 10,000 accesses' },
  rate100k: { unit: 'accesses', about: 'the same, with a half-life of 100,000 accesses' },
  rateMinute: { unit: 'accesses', about: 'the same, with a half-life of a minute' },
  rateHour: { unit: 'accesses', about: 'the same, with a half-life of an hour' },
  recencyRank: { unit: 'number', about: 'how many tracked keys were used later: 0 is the one used last' },
  countRank: { unit: 'number', about: 'how many tracked keys have more accesses, or as many and later ones' },
  link1: {
    unit: 'accesses',
    about: 'since the last use of the key that came right before the last access of this one; -1: it was not used since',
  },
  link8: { unit: 'accesses', about: 'the same, of the key that came 8 accesses before' },
  link64: { unit: 'accesses', about: 'the same, of the key that came 64 accesses before' },
  link512: { unit: 'accesses', about: 'the same, of the key that came 512 accesses before' },
  link2048: { unit: 'accesses', about: 'the same, of the key that came 2,048 accesses before' },
  follow: { unit: 'number', about: 'place among what followed when the latest accesses came in the same order before; -1: none' },
  followOther: { unit: 'number', about: 'the same, of other sequences under way, and of earlier times; the least' },
  followed: { unit: 'number', about: 'in how many of those places the key is' },
  followLength: { unit: 'accesses', about: 'how many before such a place agree with the latest ones, at most 32; the most' },
  restartRank: { unit: 'number', about: 'mean place among what was asked for first after past restarts; -1: never among it' },
  restarts: { unit: 'share', about: 'of the past restarts after which the key was among what was asked for first' },
  dayPart: {
    unit: 'share',
    about: 'of the accesses of the key that came in the same eighth of the day (UTC); where there are many, older ones count less',
  },
} as const satisfies Record<string, ColumnInfo>;

export type AccessColumn = keyof typeof accessColumns;
