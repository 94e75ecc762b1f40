// What the native benchmark program prints: its figures, each beside its ceilings.

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** What the machine gives without the engine, measured just before each sample of the figure. */
export interface Ceiling {
  readonly name: string;
  readonly samples: readonly number[];
  readonly spread: Spread;
  /** Of each pair: how much of the ceiling the engine reaches. */
  readonly share: Spread;
}

/** What a figure should reach: as a share of its first ceiling, or as its median. */
export interface Bar {
  readonly of: 'share' | 'least' | 'most';
  readonly value: number;
}

export interface Detail {
  readonly name: string;
  readonly unit: string;
  readonly spread: Spread;
}

export interface Figure {
  readonly group: string;
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly lessIsBetter: boolean;
  readonly bar?: Bar;
  readonly notes: readonly string[];
  readonly samples: readonly number[];
  readonly spread: Spread;
  /** The first is what the bar is about. */
  readonly ceilings: readonly Ceiling[];
  readonly details: readonly Detail[];
}

export interface Measured {
  /** The engine's way to the disk, and whether past the page cache. */
  readonly io: string;
  readonly direct: boolean;
  readonly figures: readonly Figure[];
}

/** Whether a figure reaches its bar; undefined: it has none. */
export function reachesBar({ bar, spread, ceilings }: Figure): boolean | undefined {
  if (bar === undefined) return undefined;
  if (bar.of === 'most') return spread.median <= bar.value;
  return (bar.of === 'share' ? ceilings[0]!.share.median : spread.median) >= bar.value;
}
