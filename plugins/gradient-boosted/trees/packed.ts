// The two derivatives of a row as whole numbers in one double, so that a histogram has one cell a bin and its sums are exact.
//
// A packed number is gradient * 2^26 + hessian, both in units of their own. The units are powers of two, so small that the sum of
// all absolute values is below 2^26: sums of any rows in any order are exact, and so is a histogram that is told from its parent
// and its sibling. A unit is about 2^-25 of the sum of all, and rounding moves a derivative by half of it: for a million rows by
// less than a sixtieth of the mean, up or down, which splits hardly feel. What leaves add is not told from these numbers. Whole
// numbers for derivatives: Shi et al., "Quantized training of gradient boosting decision trees", NeurIPS 2022, section 4.

/** What the gradient is multiplied by in a packed number. */
export const gradientUnit = 2 ** 26;

/** The gradient, in its units, of a packed number. The hessian is what is left. */
export const gradientOf = (packed: number): number => Math.floor(packed / gradientUnit);
export const hessianOf = (packed: number): number => packed - gradientOf(packed) * gradientUnit;

/** The derivatives of all rows. */
export class Derivatives {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
  readonly packed: Float64Array;
  /** Units in one. */
  gradientScale = 1;
  hessianScale = 1;

  constructor(rows: number) {
    this.gradients = new Float64Array(rows);
    this.hessians = new Float64Array(rows);
    this.packed = new Float64Array(rows);
  }

  /** Packs the derivatives of some rows, in units that fit their sums. Answers the sum of the packed ones. */
  pack(rows: Int32Array): number {
    const { gradients, hessians, packed } = this;
    let gradient = 0;
    let hessian = 0;
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      gradient += Math.abs(gradients[row]!);
      hessian += hessians[row]!;
    }
    const [ofGradients, ofHessians] = [scaleOf(gradient, rows.length), scaleOf(hessian, rows.length)];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const whole = Math.floor(gradients[row]! * ofGradients + 0.5) * gradientUnit + Math.floor(hessians[row]! * ofHessians + 0.5);
      packed[row] = whole;
      total += whole;
    }
    this.gradientScale = ofGradients;
    this.hessianScale = ofHessians;
    return total;
  }
}

/** The greatest power of two with which the sum stays below 2^26 although each of the rows is rounded up. */
function scaleOf(sum: number, rows: number): number {
  return sum > 0 ? 2 ** Math.min(500, Math.floor(Math.log2((gradientUnit - rows) / sum))) : 1;
}
