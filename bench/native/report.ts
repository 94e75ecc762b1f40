// The native figures as a table for the terminal: a row for each ceiling of each figure.
import { reachesBar, type Ceiling, type Figure, type Spread } from './figures.js';

const scales: readonly [number, string][] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** A number with its unit, to three digits. */
export function quantity(value: number, unit: string): string {
  const [scale, prefix] = unit === 'ns' ? [1, ''] : (scales.find(([from]) => value >= from) ?? [1, '']);
  const scaled = `${+(value / scale).toPrecision(3)}`;
  return unit.startsWith('B') ? `${scaled} ${prefix}${unit}` : `${scaled}${prefix === '' ? '' : ` ${prefix}`} ${unit}`;
}

const spreadOf = ({ median, least, greatest }: Spread, shown: (value: number) => string): string =>
  `${shown(median)} (${shown(least)} to ${shown(greatest)})`;

const share = (value: number): string => value.toFixed(value < 0.1 ? 3 : 2);

/** "at least 0.85 of it: not reached", or nothing. */
export function verdict(figure: Figure): string {
  const reached = reachesBar(figure);
  if (reached === undefined || figure.bar === undefined) return '';
  const { of, value } = figure.bar;
  const wanted = of === 'share' ? `at least ${value} of it` : `at ${of} ${quantity(value, figure.unit)}`;
  return `${wanted}: ${reached ? 'reached' : 'not reached'}`;
}

function row(figure: Figure, ceiling: Ceiling, at: number): string[] {
  const shown = (value: number) => quantity(value, figure.unit);
  return [
    at === 0 ? figure.title : '',
    at === 0 ? spreadOf(figure.spread, shown) : '',
    `${ceiling.name}: ${shown(ceiling.spread.median)}`,
    spreadOf(ceiling.share, share),
    at === 0 ? verdict(figure) : '',
  ];
}

const head = ['', 'engine', 'ceiling', 'share of it', 'bar'];

export function table(figures: readonly Figure[]): string {
  const rows = figures.flatMap((figure) => figure.ceilings.map((ceiling, at) => row(figure, ceiling, at)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
