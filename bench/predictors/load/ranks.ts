// Rank correlation.

/** Ranks from 0; equal numbers share the mean of theirs. */
export function ranksOf(numbers: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: numbers.length }, (_, at) => at).toSorted((a, b) => numbers[a]! - numbers[b]!);
  const ranks = new Float64Array(numbers.length);
  for (let first = 0, end = 0; first < order.length; first = end) {
    while (end < order.length && numbers[order[end]!] === numbers[order[first]!]) end++;
    for (let at = first; at < end; at++) ranks[order[at]!] = (first + end - 1) / 2;
  }
  return ranks;
}

/** Spearman's (1904): Pearson's correlation of the ranks, from -1 to 1; 0 if all numbers of one side are equal. */
export function rankCorrelation(some: ArrayLike<number>, others: ArrayLike<number>): number {
  const [x, y] = [ranksOf(some), ranksOf(others)];
  const middle = (x.length - 1) / 2;
  let [both, xs, ys] = [0, 0, 0];
  for (let at = 0; at < x.length; at++) {
    const [dx, dy] = [x[at]! - middle, y[at]! - middle];
    both += dx * dy;
    xs += dx * dx;
    ys += dy * dy;
  }
  return xs > 0 && ys > 0 ? both / Math.sqrt(xs * ys) : 0;
}
