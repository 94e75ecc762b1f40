// What a backtest comes to: how much of the gap between the better baseline and the ceiling a predictor closes.
import { baselineNames, type BacktestCell } from '../../predictor/backtest/backtest.js';

/** All shares are of the reads, 0 to 1. */
export interface CellFigures extends BacktestCell {
  /** The better one of recency and count. */
  readonly better: number;
  /** From there to the ceiling. */
  readonly gap: number;
  /** Part of the gap that the first predictor closes, below 0 if it is worse than the baseline; only of a gap above `gapMin`. */
  readonly gapClosed?: number;
}

export interface TraceFigures {
  readonly trace: string;
  readonly accesses: number;
  readonly keys: number;
  /** Crash points that had reads behind them. */
  readonly points: number;
  readonly cells: readonly CellFigures[];
  /** Milliseconds of work in the predictors, by name. */
  readonly workMs: Readonly<Record<string, number>>;
}

/** Of all traces, for the first predictor. */
export interface Summary {
  /** The mean over the cells that have it. */
  readonly gapClosed?: number;
  readonly gapCells: number;
  /** The cell in which it does worst beside the better baseline: percentage points below that, negative if above. */
  readonly worst?: { readonly trace: string; readonly budget: string; readonly pointsBelow: number };
}

/** A gap is worth to be talked about above this. */
export const gapMin = 0.1;

export function figuresOf(cell: BacktestCell, first: string): CellFigures {
  const better = Math.max(cell.served.recency!, cell.served.count!);
  const gap = cell.ceiling - better;
  return { ...cell, better, gap, ...(gap > gapMin && { gapClosed: (cell.served[first]! - better) / gap }) };
}

export function summaryOf(traces: readonly TraceFigures[], first: string): Summary {
  const closed = traces.flatMap(({ cells }) => cells.flatMap(({ gapClosed }) => gapClosed ?? []));
  const beside = traces.flatMap(({ trace, cells }) =>
    cells.map(({ budget, better, served }) => ({ trace, budget, pointsBelow: 100 * (better - served[first]!) })),
  );
  const [worst] = beside.toSorted((a, b) => b.pointsBelow - a.pointsBelow);
  const mean = closed.reduce((sum, one) => sum + one, 0) / closed.length;
  return { ...(closed.length > 0 && { gapClosed: mean }), gapCells: closed.length, ...(worst && { worst }) };
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** The orders of a table or a drawing, in their order. */
export const ordersOf = (names: readonly string[]): string[] => [...baselineNames, ...names];

export const headOf = (names: readonly string[]): string[] => ['budget', 'keys', ...ordersOf(names), 'ceiling', 'gap closed'];

/** The cells of a line of the table; shares in per cent. */
export const rowOf = (cell: CellFigures, names: readonly string[]): string[] => [
  cell.budget,
  cell.keys.toFixed(0),
  ...ordersOf(names).map((name) => percent(cell.served[name]!)),
  percent(cell.ceiling),
  cell.gapClosed === undefined ? '-' : percent(cell.gapClosed),
];

function gapText({ gapClosed, gapCells }: Summary): string {
  const above = `above ${100 * gapMin} points`;
  if (gapClosed === undefined) return `No gap is ${above}.`;
  return `Mean gap closed: ${percent(gapClosed)} % over ${gapCells} cell${gapCells === 1 ? '' : 's'} with a gap ${above}.`;
}

function worstText({ trace, budget, pointsBelow }: NonNullable<Summary['worst']>): string {
  const points = `${Math.abs(pointsBelow).toFixed(1)} points ${pointsBelow > 0 ? 'below' : 'above'}`;
  return `Worst cell: ${points} the better one of recency and count, ${trace} at ${budget}.`;
}

/** In sentences. */
export const summaryText = (summary: Summary): string[] => [gapText(summary), ...(summary.worst ? [worstText(summary.worst)] : [])];
