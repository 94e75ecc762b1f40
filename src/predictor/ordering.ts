// Orders of many rows by a number each: a few passes over them, and no comparisons.

const digitBits = 11;
const digits = 2 ** digitBits;
const signBit = 2 ** 31;

/** One pass: puts rows in order of one digit of their keys. Answers false, and leaves `to` alone, if all have the same. */
function orderByDigit(keys: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): boolean {
  const places = new Uint32Array(digits);
  for (let row = 0; row < keys.length; row++) places[(keys[row]! >>> shift) & (digits - 1)]!++;
  if (keys.length === 0 || places[(keys[0]! >>> shift) & (digits - 1)] === keys.length) return false;
  let place = 0;
  for (let digit = 0; digit < digits; digit++) {
    const count = places[digit]!;
    places[digit] = place;
    place += count;
  }
  for (let i = 0; i < from.length; i++) {
    const row = from[i]!;
    to[places[(keys[row]! >>> shift) & (digits - 1)]!++] = row;
  }
  return true;
}

/**
 * Rows, the one with the least key first; where equal, in the order of `among`, which has each row once. Default: their own. A
 * radix sort by digits of 11 bits, the lowest first (Knuth, "The Art of Computer Programming", 5.2.5).
 */
export function leastFirst(keys: Uint32Array, among?: Uint32Array | Int32Array): Uint32Array {
  let rows = new Uint32Array(keys.length);
  if (among === undefined) for (let row = 0; row < rows.length; row++) rows[row] = row;
  else rows.set(among);
  let others = new Uint32Array(keys.length);
  for (let shift = 0; shift < 32; shift += digitBits)
    if (orderByDigit(keys, shift, rows, others)) [rows, others] = [others, rows];
  return rows;
}

/** Rows, the one with the highest score first; where equal, in their own order. No score may be NaN. */
export function bestFirst(scores: Float32Array): Uint32Array {
  const keys = new Uint32Array(scores.length);
  const bits = new Int32Array(scores.map((score) => score + 0).buffer); // 0 is added so that -0 and 0 are equal
  // As whole numbers, floats above 0 are in order and those below in the opposite one.
  for (let row = 0; row < keys.length; row++) keys[row] = bits[row]! < 0 ? bits[row]! : ~(bits[row]! ^ signBit);
  return leastFirst(keys);
}
