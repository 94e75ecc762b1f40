// Bars as SVG, for reports: the median as a bar, the spread as a line across its end.
import { escapeHtml, shortNumber, text } from './line_chart.js';

export interface Bar {
  readonly name: string;
  readonly colour: string;
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

const size = { width: 960, row: 26, top: 34 };
const plotEnd = 810;
const namesWidth = 170;

function row({ name, colour, median, least, greatest }: Bar, at: number, top: number, left: number): string {
  const y = size.top + at * size.row;
  const x = (value: number) => +(left + (value / top) * (plotEnd - left)).toFixed(1);
  const middle = y + size.row / 2 - 3;
  return [
    text(left - 8, middle + 4, name, 'text-anchor="end"'),
    `<rect x="${left}" y="${y}" width="${+(x(median) - left).toFixed(1)}" height="${size.row - 6}" fill="${colour}"/>`,
    `<path stroke="#222" fill="none" d="M${x(least)} ${middle}H${x(greatest)}M${x(least)} ${middle - 4}v8M${x(greatest)} ${middle - 4}v8"/>`,
    text(x(Math.max(median, greatest)) + 8, middle + 4, shortNumber(median)),
  ].join('\n');
}

/** `left`: the width of the names. */
export function barChart(title: string, bars: readonly Bar[], left = namesWidth): string {
  const top = Math.max(...bars.map(({ greatest }) => greatest), Number.MIN_VALUE);
  const height = size.top + bars.length * size.row + 8;
  return [
    `<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${escapeHtml(title)}">`,
    text(0, 18, title, 'class="title"'),
    ...bars.map((bar, at) => row(bar, at, top, left)),
    '</svg>',
  ].join('\n');
}
