// The hazard after a failure: Weibull's, which falls with the time since.

export const secondsPerDay = 86_400;

/** Days: a node that failed less long ago has the hazard that it has then. Without it, the hazard at once would be infinite. */
const youngest = 60 / secondsPerDay;

/**
 * The hazard of a node of rate 1, summed from its last failure to `days` later: the integral of t^(shape - 1), where the hazard
 * stays as it is at one minute before that. In a Weibull process the time between failures has this shape, and the rate of the node
 * is its scale; shapes below 1 are what clusters of computers have (Schroeder and Gibson, "A large-scale study of failures in
 * high-performance computing systems", DSN 2006, section 5.3: 0.7 to 0.8).
 */
export function cumulativeHazard(days: number, shape: number): number {
  if (days <= youngest) return days * youngest ** (shape - 1);
  return youngest ** shape * (1 - 1 / shape) + days ** shape / shape;
}

/** The hazard of a node of rate 1 in an interval: intervals in a row add up. `exposures` takes one number for each shape. */
export function exposeTo(exposures: Float64Array, sinceDays: number, intervalDays: number, shapes: readonly number[]): void {
  for (const [at, shape] of shapes.entries())
    exposures[at] =
      shape === 1 ? intervalDays : cumulativeHazard(sinceDays + intervalDays, shape) - cumulativeHazard(sinceDays, shape);
}
