// Sorting of many numbers, in a few passes over them.

/** Fewer numbers are sorted as quickly by comparisons. */
const leastNumbers = 500;
const digitBits = 11;
const digits = 2 ** digitBits;
const signBit = 2 ** 31;

/** One pass: puts the keys in order of one digit; those with the same digit stay in the order that they had. */
function sortByDigit(from: Uint32Array, to: Uint32Array, shift: number): void {
  const places = new Uint32Array(digits);
  for (let i = 0; i < from.length; i++) places[(from[i]! >>> shift) & (digits - 1)]!++;
  let place = 0;
  for (let digit = 0; digit < digits; digit++) {
    const count = places[digit]!;
    places[digit] = place;
    place += count;
  }
  for (let i = 0; i < from.length; i++) {
    const key = from[i]!;
    to[places[(key >>> shift) & (digits - 1)]!++] = key;
  }
}

/**
 * The numbers in order; none may be NaN. A radix sort by digits of 11 bits, the lowest first (Knuth, "The Art of Computer
 * Programming", 5.2.5), of the bits of the numbers: those of a negative one are turned over, the others get the sign bit.
 */
export function sortedFloats(numbers: Float32Array): Float32Array {
  if (numbers.length < leastNumbers) return numbers.toSorted();
  let keys = new Uint32Array(numbers.slice().buffer);
  let others = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) keys[i] = keys[i]! ^ (keys[i]! >= signBit ? 0xffffffff : signBit);
  for (let shift = 0; shift < 32; shift += digitBits) {
    sortByDigit(keys, others, shift);
    [keys, others] = [others, keys];
  }
  for (let i = 0; i < keys.length; i++) keys[i] = keys[i]! ^ (keys[i]! >= signBit ? signBit : 0xffffffff);
  return new Float32Array(keys.buffer);
}
